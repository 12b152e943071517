//! What the walk observes, opcode by opcode.

use proptest::prelude::*;
use weighbridge_domain::facts::Coverage;
use weighbridge_domain::facts::problem::Kind;

use super::context::{Context, Storage};
use super::machine::Machine;
use super::opcodes::End;
use super::recognise::Few;
use super::walk::drive;
use crate::cursor::Cursor;
use crate::input::Input;
use crate::samples::pickle::Program;

/// Follows a program; says how it ended.
fn follow(bytes: &[u8], context: &mut Context<'_>) -> (End, Machine) {
    let mut machine = Machine::new(0);
    let mut cursor = Cursor::new(&Input::bytes(bytes.to_vec()));
    let end = drive(&mut machine, context, &mut cursor, &mut Few::unbounded(), 0).unwrap();
    (end, machine)
}

/// The calls of a program that ends well, as people read them.
fn calls(program: Program) -> Vec<String> {
    let mut context = Context::default();
    let (end, _) = follow(&program.stop(), &mut context);
    assert!(matches!(end, End::Stop), "{end:?}");
    context.calls.take_new().map(|entry| entry.call.to_string()).collect()
}

fn system(program: Program) -> Program {
    program.global("os", "system")
}

#[test]
fn every_way_to_call_is_a_call() {
    let new = || Program::new(4);
    for (program, expected) in [
        (system(new()).text("x").tuple(1).reduce(), r#"os.system("x")"#),
        (system(new()).mark().text("x").int(1).tuple_to_mark().reduce(), r#"os.system("x", 1)"#),
        (system(new().mark()).text("x").obj(), r#"os.system("x")"#),
        (new().mark().text("x").inst("os", "system"), r#"os.system("x")"#),
        (system(new()).text("x").tuple(1).newobj(), r#"os.system.__new__("x")"#),
        (
            system(new()).text("x").tuple(1).dict().text("k").none().setitem().newobj_ex(),
            r#"os.system.__new__("x", {"k": None})"#,
        ),
        (system(new()).dict().build(), "os.system.__setstate__({})"),
        (system(new()).int(1).append(), "os.system.update(1)"),
        (system(new()).mark().text("k").int(1).raw(b"u"), r#"os.system.update("k", 1)"#),
        (system(new()).mark().int(1).int(2).raw([0x90]), "os.system.update(1, 2)"),
        (new().text("x").persistent(), r#"persistent_load("x")"#),
        (new().raw(b"Px\n"), r#"persistent_load("x")"#),
        (system(new()).raw(b"S'a\\x62'\n").tuple(1).reduce(), r#"os.system("ab")"#),
        (
            system(new()).raw(b"I01\n").raw(b"L-7L\n").raw(b"F0.5\n").tuple(3).reduce(),
            "os.system(True, -7, 0.5)",
        ),
        (
            system(new())
                .raw(b"\x8a\x02\xff\x7f")
                .raw(b"M\x01\x02")
                .raw(b"G\x3f\xf8\0\0\0\0\0\0")
                .tuple(3)
                .reduce(),
            "os.system(32767, 513, 1.5)",
        ),
        (
            system(new()).bytes(b"abc").raw(b"\x96\x02\0\0\0\0\0\0\0ab").raw([0x97]).tuple(3).reduce(),
            "os.system(<3 bytes>, <2 bytes>, ?)",
        ),
        (system(new()).mark().int(1).raw([0x91]).tuple(1).reduce(), "os.system(frozenset({1}))"),
        (
            system(new()).mark().int(1).raw(b"l").mark().int(1).int(2).raw(b"d").tuple(2).reduce(),
            "os.system([1], {1: 2})",
        ),
        (system(new()).text("x").raw(b"2").tuple(2).reduce(), r#"os.system("x", "x")"#),
        (system(new()).mark().int(1).raw(b"1").int(2).tuple(1).reduce(), "os.system(2)"),
        (system(new()).mark().pop().int(2).tuple(1).reduce(), "os.system(2)"),
        (system(new()).put(3).pop().get(3).tuple(0).reduce(), "os.system()"),
        (system(new()).raw(b"p12\n").pop().raw(b"g12\n").tuple(0).reduce(), "os.system()"),
        (system(new()).raw(b"r\0\0\x01\0").pop().raw(b"j\0\0\x01\0").tuple(0).reduce(), "os.system()"),
        (new().stack_global("os", "path.join").tuple(0).reduce(), "os.path.join()"),
    ] {
        let bytes = program.clone().stop();
        assert_eq!(calls(program), [expected], "{bytes:?}");
    }
}

#[test]
fn a_call_of_a_result_shows_both() {
    let program =
        Program::new(2).global("builtins", "getattr").global("os", "path").text("join").tuple(2).reduce();
    let all = calls(program.text("a").tuple(1).reduce().pop().none());
    assert_eq!(all, [r#"builtins.getattr(os.path, "join")"#, r#"builtins.getattr(os.path, "join")("a")"#]);
}

#[test]
fn what_a_loader_fails_at_is_noted_and_passed_over() {
    for program in [
        Program::new(2).get(9),
        Program::new(2).text("x").tuple(0).reduce(),
        Program::new(2).text("x").dict().build(),
        Program::new(2).dict().none().append(),
        Program::new(4).none().none().raw([0x93]),
        Program::new(4).global("a", "b").none().reduce(),
        Program::new(0).raw(b"Sx\n"),
        Program::new(2).raw(b"I1x\n"),
        Program::new(2).raw(b"gx\n"),
    ] {
        let bytes = program.tuple(0).pop().pop().global("os", "system").tuple(0).reduce().stop();
        let mut context = Context::default();
        let (end, _) = follow(&bytes, &mut context);
        assert!(matches!(end, End::Stop), "{bytes:?}: {end:?}");
        assert!(context.calls.take_new().any(|entry| entry.call.to_string() == "os.system()"), "{bytes:?}");
        assert_eq!(context.kinds(), [Kind::Fault], "{bytes:?}");
    }
}

#[test]
fn where_no_loader_goes_on_the_walk_ends() {
    for (bytes, expected) in [
        (Program::new(2).tuple(1).stop(), Kind::Fault),
        (Program::new(2).mark().none().reduce().stop(), Kind::Fault),
        (Program::new(2).none().mark().pop().pop().pop().stop(), Kind::Fault),
        (Program::new(2).none().tuple_to_mark().stop(), Kind::Fault),
        (Program::new(2).mark().none().raw(b"d").stop(), Kind::Fault),
        (Program::new(2).dict().mark().none().raw(b"u").stop(), Kind::Fault),
        (Program::new(2).mark().raw(b"e").stop(), Kind::Fault),
        (Program::new(2).stop(), Kind::Fault),
        (Program::new(2).raw(b"T\xff\xff\xff\xff").stop(), Kind::BadValue),
        (Program::new(2).raw([0xff]).stop(), Kind::UnknownCode),
        (Program::new(2).none().broken(), Kind::Truncated),
        (Program::new(2).raw(b"X\x09\0\0\0ab").broken(), Kind::Truncated),
        (Program::new(2).raw(b"X\x09").broken(), Kind::Truncated),
        (Program::new(2).raw(b"cos\nsys").broken(), Kind::Truncated),
        (Program::new(4).raw(b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff").broken(), Kind::Truncated),
    ] {
        match follow(&bytes, &mut Context::default()).0 {
            End::Broken(_, kind, _) => assert_eq!(kind, expected, "{bytes:?}"),
            end => panic!("{bytes:?}: {end:?}"),
        }
    }
}

#[test]
fn very_many_calls_of_one_kind_are_one() {
    let mut program = Program::new(2).global("torch._utils", "_rebuild_tensor_v2").put(0).mark();
    for number in 0..100_000 {
        let id = format!("{number}");
        program = program.get(0).mark().text("storage").global("torch", "FloatStorage").text(&id).text("cpu");
        program =
            program.int(4).tuple_to_mark().persistent().int(0).int(number % 7).tuple(1).tuple(3).reduce();
    }
    let mut seen = Vec::new();
    let mut collect = |storage: Storage| seen.push((storage.key, storage.elements));
    let mut context = Context::collecting(&mut collect);
    let (end, _) = follow(&program.tuple_to_mark().stop(), &mut context);
    assert!(matches!(end, End::Stop));
    let all: Vec<_> = context.calls.take_new().map(|entry| entry.call.to_string()).collect();
    assert_eq!(
        all,
        [
            r#"persistent_load(("storage", torch.FloatStorage, "0", "cpu", 4))"#,
            r#"torch._utils._rebuild_tensor_v2(persistent_load(("storage", torch.FloatStorage, "0", "cpu", 4)), 0, (0,))"#
        ]
    );
    assert_eq!((seen.len(), &seen[99_999]), (100_000, &("99999".to_owned(), 4)));
}

#[test]
fn calls_that_differ_only_in_texts_become_one_that_says_so() {
    let mut program = Program::new(2).mark();
    for number in 0..1000 {
        program = program.call("demo", "Thing", &format!("{number}"));
        program = program.global("demo", "other").none().text(&format!("{number}")).tuple(2).reduce();
    }
    let all = calls(program.tuple_to_mark());
    let of = |name: &str| all.iter().filter(|call| call.starts_with(name)).count();
    assert_eq!((of("demo.Thing"), of("demo.other")), (65, 64 + 512 + 1));
    assert!(all.contains(&"demo.Thing(?)".to_owned()));
    assert!(all.contains(&"demo.other(None, \"500\")".to_owned()));
    assert!(all.contains(&"demo.other(None, ?)".to_owned()));
}

#[test]
fn a_long_text_is_not_taken_for_one_that_begins_alike() {
    let text = "x".repeat(5000);
    let program = Program::new(2).mark().call("demo", "f", &text).call("demo", "f", &format!("{text}y"));
    let program = program.call("demo", "f", &(text + "z"));
    assert_eq!(calls(program.tuple_to_mark()).len(), 3);
}

#[test]
fn it_does_not_matter_where_the_window_ends() {
    let program = |padding: usize| {
        let text = "N0".repeat(padding) + &"(I1\n0".repeat(50_000) + "(1cos\nsystem\n";
        Program::new(4)
            .raw(text)
            .text("echo")
            .tuple(1)
            .raw(b"p0\n")
            .reduce()
            .raw(vec![b'N'; 7])
            .raw(b"V0123456789\n")
    };
    for padding in 0..40 {
        let program = program(padding);
        let tail = program.clone().pop();
        assert_eq!(calls(program), [r#"os.system("echo")"#], "{padding}");
        assert_eq!(calls(tail), [r#"os.system("echo")"#], "{padding}");
    }
    // Near the end of the first window, at every offset of it.
    for padding in 131_000..131_080 {
        let bytes = "N0".repeat(padding);
        let program = Program::new(4).raw(bytes).stack_global("os", "system").text("echo").tuple(1).reduce();
        assert_eq!(calls(program), [r#"os.system("echo")"#], "{padding}");
    }
}

#[test]
fn long_values_are_passed_over_and_can_be_read_again() {
    let long = "x".repeat(300_000);
    let program =
        Program::new(2).text(&long).raw(format!("V{long}\n")).raw(format!("S'{long}'\n")).tuple(3).pop();
    let program = program.global("demo", "f").text(&long).tuple(1).reduce();
    let all = calls(program);
    assert!(all[0].starts_with("demo.f(\"xxx") && all[0].len() < 2000, "{}", all[0].len());
    let mut context = Context::default();
    let (end, _) = follow(&Program::new(2).raw(format!("c{long}\nname\n")).stop(), &mut context);
    assert!(matches!(end, End::Stop));
    assert!(context.names.take_new().all(|entry| entry.import.name.is_none()));
}

#[test]
fn very_many_programs_in_one_file_are_told_apart() {
    let input = Input::bytes(b"].".repeat(50_000));
    let (facts, findings) = crate::inspect(&input, "many", &crate::Limits::default());
    assert_eq!(facts.readings.len(), 1);
    assert_eq!(facts.readings[0].format, Some("pickle"));
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn frames_are_kept_to() {
    let text = Program::new(4).text("12345").broken();
    let end_of_frame = text.len() as u64 - 2;
    for (length, expected) in
        [(end_of_frame, vec![]), (end_of_frame - 1, vec![Kind::Framing]), (end_of_frame + 1, vec![])]
    {
        let program = Program::new(4).frame(length).text("12345").stop();
        let mut context = Context::default();
        assert!(matches!(follow(&program, &mut context).0, End::Stop));
        assert_eq!(context.kinds(), expected, "{length}");
    }
}

/// Opcodes with arguments that are mostly right.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(b"().012NQRabdelostu}]\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98".to_vec())
            .prop_map(|opcode| vec![opcode]),
        2 => (prop::sample::select(b"hqKU\x8cC\x82\x8a\x80".to_vec()), 0_u8..4).prop_map(|(op, n)| {
            let mut bytes = vec![op, n];
            if matches!(op, b'U' | b'C' | 0x8a | 0x8c) {
                bytes.resize(2 + usize::from(n), b'a');
            }
            bytes
        }),
        2 => prop::sample::select(vec![
            &b"cos\nsystem\n"[..], b"ios\nsystem\n", b"I1\n", b"L2L\n", b"F1\n", b"Va\n", b"S'b'\n", b"Pq\n", b"p1\n", b"g1\n",
            b"X\x02\0\0\0os", b"J\x01\0\0\0", b"cnumpy\ndtype\n", b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n",
            b"X\x05\0\0\0shape", b"X\x05\0\0\0dtype", b"X\x02\0\0\0u1", b"\x95\x03\0\0\0\0\0\0\0", b"j\x01\0\0\0",
            b"r\xff\xff\xff\x7f", b"gAJjcG9zaXgKc3lzdGVtCg==",
        ]).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_opcodes_get_an_answer(bytes in soup()) {
        let mut context = Context::default();
        let (end, machine) = follow(&bytes, &mut context);
        prop_assert!(machine.opcodes <= bytes.len() as u64);
        if let End::Broken(at, ..) = end {
            prop_assert!(at <= bytes.len() as u64);
        }
    }
}

/// Whether a text is found to start a process, under a name that says nothing.
fn is_found(text: &[u8]) -> bool {
    let (_, findings) = crate::inspect(&Input::bytes(text.to_vec()), "notes.txt", &crate::Limits::default());
    findings.iter().any(|finding| finding.rule == "pickle-starts-process")
}

#[test]
fn what_either_unpickler_takes_hides_no_program() {
    let call = b"cos\nsystem\n(S'echo weighbridge-demo'\ntR.";
    let taken: [&[u8]; 22] = [
        // States that leave an object as it is.
        b"]Nb0",
        b"V\nNb0",
        b"](N(dtb0",
        b"](I00\nV\ntb0",
        b"]N(ub0",
        // Places in a list.
        b"(I1\nlI0\nI2\ns0",
        b"(I1\nl(I0\nI2\nu0",
        // Numbers.
        b"I0b1\n0",
        b"I0o17\n0",
        b"I1_0\n0",
        b"I5\0anything\n0",
        b"L1_0L\n0",
        b"L0b1L\n0",
        b"F1_0\n0",
        b"Np1_0\n0g10\n0",
        b"Np99999999999999999999999\n0",
        // Arguments that are a list or a text.
        b"cbuiltins\nlist\n]R0",
        b"cbuiltins\nlist\nS''\nR0",
        // A storage, as loaders of tensors ask for it.
        b"(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI1\ntQ0",
        // Another value before it.
        b"N.",
        b"].I1\n.",
        b"GIF89aaa0]Nb0",
    ];
    for before in taken {
        assert!(is_found(&[before, call].concat()), "{:?}", String::from_utf8_lossy(before));
    }
    // The last line needs no end.
    assert!(is_found(b"(S'echo weighbridge-demo'\nios\nsystemX"));
}

#[test]
fn words_are_no_program_for_all_that() {
    for words in [
        "configuration of the\nmodel\n",
        "Notes\nIn the end, nothing\n",
        "cost: 5\nsystem: none\n(see below)\n.",
        "I am\nNot a number\ncos\nsystem\n",
        "import os\nos.system('echo')\n",
        "]Nb0 is a list.\n",
    ] {
        let (facts, findings) =
            crate::inspect(&Input::bytes(words.into()), "notes.txt", &crate::Limits::default());
        assert!(findings.is_empty(), "{words:?}: {findings:?}");
        assert_eq!(facts.readings.iter().map(|reading| reading.format).collect::<Vec<_>>(), [Some("text")]);
    }
}

#[test]
fn text_that_breaks_is_not_inspected_where_a_program_is_announced() {
    let program = crate::samples::torch::zip_of(b"Not a program\n", &[0; 16]).build();
    for (name, bytes) in [("model.pkl", b"Not a program\n".to_vec()), ("model.pt", program)] {
        let (facts, _) = crate::inspect(&Input::bytes(bytes), name, &crate::Limits::default());
        let reading = facts.readings.iter().find(|reading| reading.format == Some("pickle")).unwrap();
        assert!(matches!(reading.coverage, Coverage::NotInspected { .. }), "{name}: {:?}", reading.coverage);
    }
}
