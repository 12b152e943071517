//! A link in an archive that leads out of the folder it is unpacked in.

use std::collections::{HashMap, VecDeque};

use weighbridge_domain::facts::EntryKind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::path;
use crate::samples::archive::{self, Part, Tar, Zip};
use crate::samples::one;

/// A link in an archive that leads out of the folder it is unpacked in.
pub static RULE: Rule = Rule {
    id: "archive-link-escape",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A link in the archive leads out of the folder",
    why: "Unpacked, it makes files of the machine look like part of the model, or takes what is written to it elsewhere. Critical when another member is written through it or it leads to a place that should never be linked to (`/etc`, `/proc`, a home folder, keys); high otherwise. Links that other links lead out are followed.",
    advice: "Do not unpack it. Links that stay inside are not reported.",
    references: &["CWE-59", "CWE-61", "AML.T0010"],
    examples: &[
        Example {
            name: "tar-out",
            files: || one("a.tar", Tar::new().symlink("model", "../../model").build()),
            fires: &["archive-link-escape"],
        },
        Example {
            name: "tar-inside",
            files: || {
                one(
                    "a.tar",
                    Tar::new().file("b/model.txt", WORDS).symlink("a/model", "../b/model.txt").build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "tar-root",
            files: || one("a.tar", Tar::new().symlink("notes", "/srv/notes").build()),
            fires: &["archive-link-escape"],
        },
        Example {
            name: "tar-keys",
            files: || one("a.tar", Tar::new().symlink("notes", "/home/someone/.ssh").build()),
            fires: &["archive-link-escape"],
        },
        Example {
            name: "tar-through",
            files: || {
                one("a.tar", Tar::new().symlink("notes", "../elsewhere").file("notes/a.txt", WORDS).build())
            },
            fires: &["archive-link-escape"],
        },
        Example {
            name: "tar-through-inside",
            files: || {
                one("a.tar", Tar::new().folder("b/").symlink("notes", "b").file("notes/a.txt", WORDS).build())
            },
            fires: &[],
        },
        Example {
            name: "tar-chain",
            files: || one("a.tar", Tar::new().symlink("a/up", "..").symlink("a/b/out", "../up/../x").build()),
            fires: &["archive-link-escape"],
        },
        Example {
            name: "tar-chain-inside",
            files: || one("a.tar", Tar::new().symlink("a/b/up", "..").symlink("a/b/c", "up/x").build()),
            fires: &[],
        },
        Example {
            name: "tar-circle",
            files: || one("a.tar", Tar::new().symlink("a", "b").symlink("b", "a").build()),
            fires: &[],
        },
        Example {
            name: "tar-hard",
            files: || one("a.tar", Tar::new().hard_link("notes", "/etc/hostname").build()),
            fires: &["archive-link-escape"],
        },
        Example {
            name: "tar-hard-climbs",
            files: || one("a.tar", Tar::new().hard_link("a/b/notes", "../notes").build()),
            fires: &["archive-link-escape"],
        },
        Example {
            name: "tar-hard-inside",
            files: || one("a.tar", Tar::new().file("a.txt", WORDS).hard_link("b.txt", "a.txt").build()),
            fires: &[],
        },
        Example {
            name: "tar-extended-target",
            files: || {
                one(
                    "a.tar",
                    Tar::new()
                        .records(b'x', &[("linkpath", "/etc/hostname")])
                        .symlink("notes", "/etc/host")
                        .build(),
                )
            },
            fires: &["archive-link-escape"],
        },
        Example {
            name: "zip-out",
            files: || one("a.zip", Zip::new().symlink("notes", "/etc/hostname").build()),
            fires: &["archive-link-escape"],
        },
        Example {
            name: "zip-packed",
            files: || {
                one("a.zip", Zip::new().part(Part::deflated("notes", b"../../notes").mode(0o12_0777)).build())
            },
            fires: &["archive-link-escape"],
        },
        Example {
            name: "zip-inside",
            files: || one("a.zip", Zip::new().stored("a.txt", WORDS).symlink("b.txt", "a.txt").build()),
            fires: &[],
        },
        Example {
            name: "7z-out",
            files: || one("a.7z", archive::sevenz(&[("notes", b"/etc/hostname", 0o12_0777)])),
            fires: &["archive-link-escape"],
        },
        Example {
            name: "7z-inside",
            files: || one("a.7z", archive::sevenz(&[("notes", b"a.txt", 0o12_0777)])),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const WORDS: &[u8] = b"Ordinary words.\n";

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for members in facts.archives() {
        let mut known = HashMap::new();
        // Symbolic links in a layer of a container image are seen from the root of the image.
        let in_image = members.first().is_some_and(|(place, _)| place.format() == "oci-layer");
        let links: HashMap<String, &str> = members
            .iter()
            .filter(|_| !in_image)
            .filter_map(|(_, entry)| match &entry.kind {
                EntryKind::Symlink { target } => Some((path::normal(&entry.name), target.as_str())),
                _ => None,
            })
            .collect();
        for (place, entry) in &members {
            let (leads_out, target) = match &entry.kind {
                EntryKind::Symlink { target } if !in_image => {
                    let folder = entry.name.rsplit_once('/').map_or("", |(folder, _)| folder);
                    (leads_out(folder, target, &links), target)
                }
                EntryKind::HardLink { target } => {
                    (path::escape(target).is_some() || through(target, &links, &mut known).is_some(), target)
                }
                _ => (false, &entry.name),
            };
            if leads_out {
                let found = findings.add(*place, format!("`{}` is a link to `{target}`", entry.name));
                if !path::is_sensitive(target) {
                    found.severity = Severity::High;
                }
            }
            if let Some(link) = through(&entry.name, &links, &mut known) {
                let message =
                    format!("`{}` would be written through the link `{link}`, which leads out", entry.name);
                findings.add(*place, message);
            }
        }
    }
}

/// Links followed one after the other, and parts of a name looked at.
const MOST_LINKS: usize = 40;
const MOST_PARTS: usize = 256;
/// Parts followed for one link; what needs more is not for an archiver to write.
const MOST_STEPS: usize = 2048;

/// Whether a link's target, seen from its folder and with all other links followed, is outside.
fn leads_out(folder: &str, target: &str, links: &HashMap<String, &str>) -> bool {
    let mut here = String::new();
    let mut ahead: VecDeque<String> =
        path::parts(folder).chain(path::parts(target)).take(MOST_PARTS).map(str::to_owned).collect();
    let mut followed = 0;
    let mut steps = 0;
    if path::escape(target).is_some_and(|_| !path::climbs(target, 0)) {
        return true;
    }
    while let Some(part) = ahead.pop_front() {
        steps += 1;
        if steps > MOST_STEPS {
            return true;
        }
        if part == ".." {
            if here.is_empty() {
                return true;
            }
            up(&mut here);
            continue;
        }
        if !here.is_empty() {
            here.push('/');
        }
        here.push_str(&part);
        if let Some(target) = links.get(&here) {
            followed += 1;
            if followed > MOST_LINKS {
                return false;
            }
            if path::escape(target).is_some_and(|_| !path::climbs(target, 0)) {
                return true;
            }
            up(&mut here);
            for part in path::parts(target).take(MOST_PARTS).collect::<Vec<_>>().into_iter().rev() {
                ahead.push_front(part.to_owned());
            }
        }
    }
    false
}

/// Takes away the last part of a path.
fn up(path: &mut String) {
    path.truncate(path.rfind('/').unwrap_or(0));
}

/// The link that a name goes through, when it leads out. What was found out about links is kept in `known`.
fn through<'a>(
    name: &str,
    links: &HashMap<String, &'a str>,
    known: &mut HashMap<String, bool>,
) -> Option<&'a str> {
    if links.is_empty() {
        return None;
    }
    let name = path::normal(name);
    let folders = name.match_indices('/').take(MOST_PARTS).filter_map(|(end, _)| name.get(..end));
    folders.filter_map(|folder| Some((folder, *links.get(folder)?))).find_map(|(folder, target)| {
        let leads_out = match known.get(folder) {
            Some(leads_out) => *leads_out,
            None => {
                let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
                let leads_out = leads_out(parent, target, links);
                known.insert(folder.to_owned(), leads_out);
                leads_out
            }
        };
        leads_out.then_some(target)
    })
}
