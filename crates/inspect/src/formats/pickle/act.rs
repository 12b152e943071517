//! What a program does to the world: names looked up, objects called, built and changed, and the loader asked for some.

use weighbridge_domain::facts::CallKind;
use weighbridge_domain::facts::problem::Kind as Problem;

use super::calls::{Making, Place, place};
use super::containers::Kind;
use super::context::{Context, Storage};
use super::leaf::{self, Source};
use super::machine::{Flow, Followed, Machine, Mode, underflow};
use super::names::{Lookup, Role};
use super::payload::Candidate;
use super::terms::Scene;
use super::value::{Value, View};
use super::views::Keys;
use crate::limits::Fault;

impl Machine {
    /// `STACK_GLOBAL`.
    pub(super) fn look_up_values(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        at: u64,
    ) -> Followed<()> {
        let name = self.pop()?;
        let module = self.pop()?;
        for operand in [module, name] {
            if !matches!(operand.view(), View::Text(_) | View::Result(_) | View::Unknown) {
                self.fault(context, at, "looks up a name that is not text")?;
            }
        }
        if self.mode == Mode::Try {
            return Err(Flow::Reached);
        }
        let value = context.names.look_up_values(source, at, module, name)?;
        self.push(value);
        Ok(())
    }

    /// `GLOBAL`, `INST`, `EXT`: a name that stands in the opcode.
    pub(super) fn look_up(
        &mut self,
        context: &mut Context<'_>,
        lookup: Lookup,
        at: u64,
        name: Option<(&[u8], &[u8])>,
    ) -> Followed<Value> {
        if self.mode == Mode::Try {
            let plausible = name.is_none_or(|(module, name)| is_path(module) && is_path(name));
            let detail = "looks up what is no name".to_owned();
            return Err(if plausible { Flow::Reached } else { Flow::Broken(Problem::Fault, detail) });
        }
        Ok(context.names.look_up(lookup, at, name))
    }

    /// `INST` and `OBJ`: the values above the mark are arguments; `class` is the first of them when it is not given.
    pub(super) fn instantiate(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        class: Option<Value>,
        at: u64,
    ) -> Followed<()> {
        let from = self.unmark()?;
        let above = self.stack.get(from..).unwrap_or_default();
        let (callee, arguments) = match (class, above.split_first()) {
            (Some(class), _) => (class, above),
            (None, Some((class, arguments))) => (*class, arguments),
            (None, None) => return Err(underflow()),
        };
        let kept: Vec<Value> = arguments.iter().take(32).copied().collect();
        let given = self.containers.make(Kind::Tuple, arguments).unwrap_or(Value::UNKNOWN);
        let result = self.call_with(context, source, CallKind::Call, callee, (&kept, given), at)?;
        self.stack.truncate(from);
        if let Some(views) = &mut self.views {
            views.absorb(source, from, from, Keys::None)?;
        }
        self.push(result);
        Ok(())
    }

    /// `REDUCE`, `NEWOBJ`: calls what is below the arguments.
    pub(super) fn call(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        kind: CallKind,
        keywords: Option<Value>,
        at: u64,
    ) -> Followed<()> {
        let given = self.pop()?;
        let callee = self.pop()?;
        let arguments = match given.view() {
            View::EmptyTuple => &[],
            View::Node(index) => {
                if self.containers.kind(index) != Some(Kind::Tuple) {
                    self.fault(context, at, "calls with arguments that are not a tuple")?;
                }
                self.containers.items(index).map_or(&[Value::UNKNOWN][..], |(items, _)| items)
            }
            View::Unknown | View::Result(_) => &[given],
            _ => {
                self.fault(context, at, "calls with arguments that are not a tuple")?;
                &[given]
            }
        };
        let result = match keywords {
            Some(keywords) => {
                let all: Vec<Value> = arguments.iter().copied().chain([keywords]).collect();
                self.call_with(context, source, kind, callee, (&all, given), at)?
            }
            None => self.call_with(context, source, kind, callee, (arguments, given), at)?,
        };
        if let Some(views) = &mut self.views {
            let place = self.stack.len();
            match context.names.name(callee) {
                Some(name) if context.names.role(callee) == Role::MakesTensor => {
                    views.rebuild((&self.containers, &context.names), &name.name, arguments, place, at);
                }
                _ => views.absorb(source, place, place.saturating_add(1), Keys::None)?,
            }
        }
        self.push(result);
        Ok(())
    }

    fn call_with(
        &self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        kind: CallKind,
        callee: Value,
        (arguments, given): (&[Value], Value),
        at: u64,
    ) -> Followed<Value> {
        if !matches!(callee.view(), View::Global(_) | View::Result(_) | View::Unknown) {
            self.fault(context, at, "calls something that cannot be called")?;
            return Ok(Value::UNKNOWN);
        }
        if context.names.role(callee) == Role::Loads && self.mode != Mode::Try {
            for argument in arguments {
                if let View::Bytes(at) | View::Text(at) | View::ByteArray(at) = argument.view()
                    && let Some(leaf) = leaf::leaf(source, at)?
                {
                    context.candidate(Candidate { at, start: leaf.start, length: leaf.length, given: true });
                }
            }
        }
        Ok(match self.note_call(context, source, kind, callee, arguments, at)? {
            Some(call) => Value::result(self.containers.made(call, given)),
            None => Value::UNKNOWN,
        })
    }

    pub(super) fn note_call(
        &self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        kind: CallKind,
        callee: Value,
        arguments: &[Value],
        at: u64,
    ) -> Followed<Option<u16>> {
        if self.mode == Mode::Try {
            return Ok(None);
        }
        let mut key = context.calls.take_key();
        let scene =
            Scene { source, containers: &self.containers, names: &context.names, calls: &context.calls };
        let found = place(&scene, Making { kind, callee, arguments, at }, &mut key);
        context.calls.keep_key(key);
        match found? {
            Place::Known(call) => Ok(Some(call)),
            Place::New(new) => Ok(Some(context.calls.insert(*new))),
            Place::Full => {
                context.calls.drop_one();
                Ok(None)
            }
        }
    }

    /// `PERSID`, `BINPERSID`: the loader is asked for an object.
    pub(super) fn persistent(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        id: Value,
        at: u64,
    ) -> Followed<()> {
        if self.mode != Mode::Walk {
            // Only loaders that expect them take persistent ids, and those read what they wrote.
            return self.fault(context, at, "asks for a persistent object");
        }
        let call = self.note_call(context, source, CallKind::Persistent, Value::NONE, &[id], at)?;
        if let View::Node(index) = id.view()
            && let Some(([tag, class, key, location, elements, ..], _)) = self.containers.items(index)
            && let Some(storages) = &mut context.storages
            && let Some((tag, _)) = leaf::text(source, *tag, 16)?
            && tag == "storage"
        {
            let text = |value| {
                Ok::<_, Fault>(leaf::text(source, value, 256)?.map_or_else(String::new, |(text, _)| text))
            };
            let elements = match elements.view() {
                View::Int(count) => u64::try_from(count).unwrap_or(u64::MAX),
                _ => u64::MAX,
            };
            // `torch.save` counts in texts, `torch.package` in numbers.
            let key = match key.view() {
                View::Int(number) => number.to_string(),
                _ => text(*key)?,
            };
            let storage = Storage {
                class: context.names.name(*class).cloned(),
                key,
                location: text(*location)?,
                elements,
                at,
            };
            if let Some(views) = &mut self.views {
                views.storage(self.stack.len(), &storage);
            }
            storages(storage);
        }
        let value =
            call.map_or(Value::UNKNOWN, |call| Value::result(self.containers.made(call, Value::NONE)));
        self.push(value);
        Ok(())
    }

    /// `BUILD`: sets the state of what is below it. True when raw bytes of an array follow.
    pub(super) fn set_state(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        at: u64,
    ) -> Followed<bool> {
        let state = self.pop()?;
        let target = self.top()?;
        if !matches!(target.view(), View::Global(_) | View::Result(_) | View::Unknown) {
            self.fault(context, at, "sets the state of something that has none")?;
            return Ok(false);
        }
        self.note_call(context, source, CallKind::SetState, target, &[state], at)?;
        if let Some(views) = &mut self.views {
            let behind = self.stack.len();
            views.absorb(source, behind.saturating_sub(1), behind, Keys::None)?;
        }
        let role = context.calls.maker(target).map_or(Role::Any, |maker| context.names.role(maker));
        if role == Role::Any || self.mode != Mode::Walk {
            return Ok(false);
        }
        let scene =
            Scene { source, containers: &self.containers, names: &context.names, calls: &context.calls };
        match role {
            Role::Dtype => {
                if let View::Result(made) = target.view()
                    && super::joblib::has_objects(&scene, state)
                    && let Some(entry) = context.calls.get_mut(made.call)
                {
                    entry.objects = true;
                }
            }
            Role::ArrayFile => {
                if let Some(name) = super::joblib::file_name(&scene, state)? {
                    context.side_file(at, name);
                }
            }
            Role::ArrayBytes => {
                self.array = super::joblib::array(&scene, state)?;
                return Ok(self.array.is_some());
            }
            Role::Any | Role::Loads | Role::MakesFirst | Role::MakesTensor | Role::RunsState => {}
        }
        Ok(false)
    }
}

/// Letters, digits and underscores, with dots between.
pub(super) fn is_path(name: &[u8]) -> bool {
    let part = |part: &[u8]| {
        part.first().is_some_and(|first| !first.is_ascii_digit())
            && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
    };
    std::str::from_utf8(name).is_ok() && name.split(|byte| *byte == b'.').all(part)
}
