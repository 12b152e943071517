//! Python sources that write where something starts by itself.

use weighbridge_domain::facts::{Term, Use, When};
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, Scale, Told, texts};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::effects::{Effect, effect};
use crate::known::places::{Place, place};
use crate::samples::one;
use crate::samples::source::{forward, function, module};
use crate::text;

/// Python sources that write where something starts by itself.
pub static RULE: Rule = Rule {
    id: "source-persistence",
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A Python source writes to a place from which programs start by themselves",
    why: "What is written to a shell's profile, a schedule, the keys of a login, a hook or the start of Python runs later, when \
          the model is long gone. Critical when that happens as soon as the file is imported or installed, high while the model \
          is loaded or answers, medium in a function that somebody has to call. A file named `sitecustomize.py`, and a `.pth` \
          file with a line of code, are such places by themselves: medium.",
    advice: "Do not run it. If it ran, look at the file it names.",
    references: &["CWE-506", "CWE-73", "AML.T0011"],
    examples: &[
        Example {
            name: "profile",
            files: || {
                module(
                    "import os\nwith open(os.path.expanduser('~/.bashrc'), 'a') as f:\n    f.write('# demo')",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "profile-twin",
            files: || module("import os\nwith open(os.path.expanduser('~/.bashrc')) as f:\n    f.read()"),
            fires: &[],
        },
        Example {
            name: "ordinary-file-twin",
            files: || {
                module(
                    "import os\nwith open(os.path.expanduser('~/.cache/demo'), 'a') as f:\n    f.write('# demo')",
                )
            },
            fires: &[],
        },
        Example {
            name: "login-key",
            files: || {
                forward(
                    "from pathlib import Path",
                    "(Path.home() / '.ssh' / 'authorized_keys').write_text('demo')",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "login-key-twin",
            files: || {
                forward("from pathlib import Path", "(Path.home() / '.demo' / 'keys').write_text('demo')")
            },
            fires: &[],
        },
        Example {
            name: "schedule",
            files: || function("import shutil", "shutil.copy(x, '/etc/cron.d/demo')"),
            fires: FIRES,
        },
        Example {
            name: "schedule-twin",
            files: || function("import shutil", "shutil.copy(x, '/tmp/demo')"),
            fires: &[],
        },
        Example {
            name: "start-of-python",
            files: || {
                function(
                    "import os, site",
                    "p = os.path.join(site.getsitepackages()[0], 'site-packages/demo.pth')\nopen(p, 'w').write('import demo')",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "command",
            files: || function("import os", "os.system('crontab demo')"),
            fires: &["command-persists", "source-starts-process"],
        },
        Example {
            name: "command-twin",
            files: || function("import os", "os.system('echo crontab')"),
            fires: &["source-starts-process"],
        },
        Example { name: "named-so", files: || one("sitecustomize.py", "import math\n"), fires: FIRES },
        Example {
            name: "line-of-paths",
            files: || one("demo.pth", "import math; math.sqrt(2)\n"),
            fires: &["name-content-mismatch", "source-persistence"],
        },
        Example {
            name: "line-of-paths-twin",
            files: || one("demo.pth", "./demo\n"),
            fires: &["name-content-mismatch"],
        },
        Example { name: "named-so-twin", files: || one("customize.py", "import math\n"), fires: &[] },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-persistence"];

const SCALE: Scale = [Severity::Medium, Severity::High, Severity::Critical];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    for (place, one) in facts.uses().filter(|(place, _)| place.is_of_python()) {
        if writes(one) && starts(one) {
            told.add(
                findings,
                place,
                one,
                source::at(SCALE, one.when),
                "writes where something starts by itself,",
            );
        }
    }
    for place in facts.parts().filter(|place| place.format() == "python") {
        let name = if place.reading.member.is_empty() {
            findings.path().to_owned()
        } else {
            place.reading.member.to_string()
        };
        let last = name.rsplit(['/', '!', '\\']).next().unwrap_or_default();
        if matches!(last, "sitecustomize.py" | "usercustomize.py") {
            let message = format!("`{last}` is imported whenever Python starts in a place where it is found");
            findings.add(place, message).severity = Severity::Medium;
        }
        if last.strip_suffix(".pth").is_some() {
            let message = format!(
                "a line of `{}` runs whenever Python starts in a place where it is found",
                text::shown(last, 80)
            );
            findings.add(place, message).severity = Severity::Medium;
        }
    }
}

/// The call changes what is on the disk.
fn writes(one: &Use) -> bool {
    debug_assert!(one.when <= When::Installed);
    match effect(&one.name) {
        Some(Effect::Writes) => true,
        Some(Effect::Reads) if one.name.ends_with("open") => {
            let position = usize::from(!one.name.starts_with("pathlib."));
            let mode = source::argument(one, "mode", position);
            matches!(mode, Some(Term::Text { text, .. }) if text.contains(['w', 'a', 'x', '+']))
        }
        _ => false,
    }
}

fn starts(one: &Use) -> bool {
    let arguments = one.arguments.iter().flatten();
    arguments.into_iter().any(|argument| {
        let parts = texts(&argument.value);
        parts.iter().any(|path| place(path) == Some(Place::Startup))
            || place(&parts.join("/")) == Some(Place::Startup)
    })
}
