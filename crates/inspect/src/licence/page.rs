//! The page about licences under `docs/`: what is known of each, and on what it rests.

use std::fmt::Write as _;

use super::assessment::listed;
use super::evaluate::allows_only;
use super::{Class, SOURCES, table};
use crate::docs::page;

const INTRODUCTION: &str = "\
`weighbridge licence PATH` reads every statement of terms in a model's files and answers for an intended use; \
`weighbridge licence ID` answers for one licence, by its id here, a tag of the Hugging Face hub, an id of the SPDX list, or \
the name of a well-known base model.

```text
weighbridge licence model/ --commercial --hosted --country DE --monthly-users 2000000
```

- **allow** (exit code 0): nothing that is known speaks against it, as long as the duties that are listed are kept.
- **refuse** (1): the terms do not grant something that was asked for.
- **needs counsel** (3): what is known does not settle it. Families (`other`, `cc`, `gpl`), names and texts that nobody knows, \
and rows whose text was not read never allow by themselves.

The strictest statement counts: the card, texts beside it, metadata of weights, and the base models that are named. What \
manifests of packages say is about code; it is shown and does not count. Options that are not given are not asked for; \
thresholds and places then become duties to keep to.

These are facts about texts, put together with care, and not legal advice. A text beats every row: read the one that came \
with the model.
";

/// The page.
pub fn licences_page() -> String {
    let mut out = page("Licences", INTRODUCTION.trim_end());
    let _ = writeln!(
        out,
        "Facts as of {}; flags of the SPDX list {}. What a row rests on:\n",
        table().as_of,
        spdx::license_version()
    );
    for (word, meaning) in SOURCES {
        let _ = writeln!(out, "- `{word}`: {meaning}.");
    }
    let classes = [
        (Class::Osi, "Approved by the Open Source Initiative"),
        (Class::SpdxNotOsi, "On the SPDX list, and not approved"),
        (Class::Custom, "Written for models"),
        (Class::Family, "Families, which name no text"),
    ];
    for (class, title) in classes {
        let _ = writeln!(out, "\n## {title}\n");
        out.push_str(
            "| id | licence | commercial | hosted | derivatives | passed on | outputs train others | asks | OSI, FSF | rests on |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        );
        for row in table().licences.iter().filter(|row| row.class == class) {
            let flags = listed(&row.id).map_or_else(String::new, |listed| {
                let word = |yes: bool| if yes { "yes" } else { "no" };
                format!("{}, {}", word(listed.osi_approved), word(listed.fsf_libre))
            });
            let mut asks: Vec<String> = row
                .threshold
                .iter()
                .map(|threshold| format!("{}: {}", threshold.shown(), threshold.effect))
                .collect();
            asks.extend(
                row.territory.iter().map(|territory| format!("not in {}", territory.excluded.join(", "))),
            );
            asks.extend(row.naming.clone());
            asks.extend(row.field_of_use.iter().map(|words| {
                let what = if allows_only(words) { "only" } else { "not" };
                format!("{what}: {words}")
            }));
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} | {} | {} | {} | {} | {flags} | {} ({}) |",
                row.id,
                cell(&row.name),
                row.commercial.word(),
                row.hosted.word(),
                row.derivatives.word(),
                row.redistribution.word(),
                row.training.word(),
                cell(&asks.join("; ")),
                row.source,
                row.confidence,
            );
        }
    }
    out
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
