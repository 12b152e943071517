//! From a scan to a bill of material: what its files say, put together.

mod sheet;
mod terms;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use weighbridge_domain::bill::{
    Base, Bill, Field, File, Known, Maker, Manifest, Missed, Part, Stated, Terms, TestResult, Topic, Weakness,
};
use weighbridge_domain::{Digest, Finding, Severity};

pub use self::sheet::Sheet;
use crate::report::{FileReport, Report};
use crate::{rules, text};

/// What is known without looking at files.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// What the model is called.
    pub name: Option<String>,
    /// Which version of it this is.
    pub version: Option<String>,
    /// The address of the package.
    pub purl: Option<String>,
    /// The day the bill is made out for.
    pub date: Option<Timestamp>,
}

/// Models, data sets, terms, passages and results kept of one kind.
const MOST_LISTED: usize = 200;

/// Files named with one package.
const MOST_PLACES: usize = 100;

/// The bill of what was scanned; the scan must have kept what a bill is made from.
pub fn bill(report: &Report, given: &Given) -> Bill {
    let files: Vec<File> = report.files.iter().map(file).collect();
    let mut gathered = Gathered::default();
    // What stands at the top of a folder is said of the whole of it.
    let mut sheets: Vec<&FileReport> = report.files.iter().collect();
    sheets.sort_by_key(|file| (file.path.matches('/').count(), file.path.as_str()));
    for file in sheets {
        if let Some(sheet) = &file.sheet {
            gathered.add(&file.path, sheet);
        }
    }
    gathered.count(&files);
    gathered.given(given);
    let Gathered { mut stated, bases, datasets, terms, passages, results, parts, cut } = gathered;
    let mut notes = Vec::new();
    if report.excluded > 0 {
        notes.push(format!("{} left out, as asked for", text::count(report.excluded, "path")));
    }
    if cut {
        notes.push(format!("of each kind of statement, the first {MOST_LISTED} are listed"));
    }
    if let ([file], None) = (files.as_slice(), stated.get(&Field::Name)) {
        let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
        stated
            .insert(Field::Name, vec![Stated { value: name, known: Known::Read, place: file.path.clone() }]);
    }
    let purl = given.purl.as_ref().map(|purl| text::shown(purl, 1000));
    let maker =
        Maker { name: report.tool.name, version: report.tool.version, ruleset: report.tool.ruleset.clone() };
    let missed = report.not_inspected.iter().map(|part| Missed {
        path: part.path.clone(),
        member: part.member.clone(),
        why: part.why.clone(),
    });
    Bill {
        manifest: manifest(files, &maker, given),
        maker,
        date: given.date,
        purl,
        stated,
        bases,
        datasets,
        terms,
        passages,
        results,
        parts: parts.into_values().collect(),
        weaknesses: weaknesses(&report.findings),
        missed: missed.collect(),
        notes,
    }
}

fn file(file: &FileReport) -> File {
    let tensors = file.sheet.as_ref().map(|sheet| sheet.tensors.clone()).unwrap_or_default();
    let FileReport { path, size, sha256, formats, coverage, .. } = file;
    let (path, formats) = (path.clone(), formats.clone());
    File { path, size: *size, sha256: *sha256, formats, coverage, tensors }
}

/// Digests of the list of files, a line each: digest or `-`, length, path.
fn manifest(files: Vec<File>, maker: &Maker, given: &Given) -> Manifest {
    let mut list = String::new();
    for file in &files {
        let digest = file.sha256.map_or_else(|| "-".to_owned(), |digest| digest.to_string());
        let _ = writeln!(list, "{digest} {} {}", file.size, file.path);
    }
    let digest = Digest(Sha256::digest(&list).into());
    let date = given.date.map(|date| date.to_string());
    let mut identity = Sha256::new();
    for part in [Some(digest.to_string()), Some(maker.ruleset.clone())].into_iter().chain([
        given.name.clone(),
        given.version.clone(),
        given.purl.clone(),
        date,
    ]) {
        identity.update([u8::from(part.is_some())]);
        identity.update(part.unwrap_or_default());
        identity.update([0]);
    }
    Manifest { digest, identity: Digest(identity.finalize().into()), files }
}

/// What all sheets say together.
#[derive(Default)]
struct Gathered {
    stated: BTreeMap<Field, Vec<Stated>>,
    bases: Vec<Base>,
    datasets: Vec<Stated>,
    terms: Vec<Terms>,
    passages: Vec<(Topic, Stated)>,
    results: Vec<TestResult>,
    parts: BTreeMap<(&'static str, String, Option<String>), Part>,
    /// Something was said more often than is listed.
    cut: bool,
}

impl Gathered {
    fn add(&mut self, path: &str, sheet: &Sheet) {
        for (field, stated) in &sheet.stated {
            self.state(*field, stated);
        }
        for base in &sheet.bases {
            let known = self.bases.iter_mut().find(|known| known.name.value == base.name.value);
            match known {
                Some(known) if known.relation.is_none() => known.relation.clone_from(&base.relation),
                Some(_) => {}
                None => add(&mut self.bases, base, &mut self.cut),
            }
        }
        for dataset in &sheet.datasets {
            if !self.datasets.iter().any(|known| known.value == dataset.value) {
                add(&mut self.datasets, dataset, &mut self.cut);
            }
        }
        for terms in &sheet.terms {
            let same =
                |known: &&Terms| known.stated.value == terms.stated.value && known.found == terms.found;
            if self.terms.iter().find(same).is_none() {
                add(&mut self.terms, terms, &mut self.cut);
            }
        }
        for passage in &sheet.passages {
            add(&mut self.passages, passage, &mut self.cut);
        }
        for result in &sheet.results {
            add(&mut self.results, result, &mut self.cut);
        }
        for package in &sheet.packages {
            let key = (package.ecosystem, package.name.to_lowercase(), package.pin.clone());
            let part = self.parts.entry(key);
            let part = part.or_insert_with(|| Part { package: package.clone(), places: Vec::new() });
            let place = (path.to_owned(), package.constraint.clone());
            if part.places.len() < MOST_PLACES && !part.places.contains(&place) {
                part.places.push(place);
            }
        }
    }

    fn state(&mut self, field: Field, stated: &Stated) {
        let all = self.stated.entry(field).or_default();
        if !all.iter().any(|known| known.value == stated.value) {
            add(all, stated, &mut self.cut);
            // Steadily: of what is known in one way, what stands higher up comes first.
            all.sort_by_key(|stated| stated.known);
        }
    }

    /// Parameters and types of tensors.
    fn count(&mut self, files: &[File]) {
        let mut types: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, count) in files.iter().flat_map(|file| &file.tensors.types) {
            let sum = types.entry(name).or_default();
            *sum = sum.saturating_add(*count);
        }
        for (name, count) in types {
            let value = format!("{name} ({})", text::count(count, "tensor"));
            self.state(Field::TensorType, &Stated { value, known: Known::Counted, place: String::new() });
        }
        if let Some(parameters) = parameters(files) {
            let (value, place) = (parameters.to_string(), String::new());
            self.state(Field::Parameters, &Stated { value, known: Known::Counted, place });
        }
    }

    fn given(&mut self, given: &Given) {
        for (field, value) in [(Field::Name, &given.name), (Field::Version, &given.version)] {
            if let Some(value) = value {
                let value = text::shown(value, 300);
                let all = self.stated.entry(field).or_default();
                all.retain(|known| known.value != value);
                all.insert(0, Stated { value, known: Known::Given, place: String::new() });
            }
        }
    }
}

fn add<T: Clone>(list: &mut Vec<T>, one: &T, cut: &mut bool) {
    if list.len() < MOST_LISTED {
        list.push(one.clone());
    } else {
        *cut = true;
    }
}

/// Elements of all tensors, where that is one number. A folder may hold the same tensors in several forms: then those of
/// one are counted, if all have as many.
fn parameters(files: &[File]) -> Option<u64> {
    let mut folders: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.tensors.count > 0) {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let sets = folders.entry(folder).or_default();
        let elements = sets.entry(without_shard(name)).or_default();
        *elements = elements.saturating_add(file.tensors.elements);
    }
    let mut sum = None;
    for sets in folders.values() {
        let mut counts = sets.values().copied();
        let first = counts.next()?;
        if !counts.all(|count| count == first) {
            return None;
        }
        sum = Some(first.saturating_add(sum.unwrap_or(0)));
    }
    sum
}

/// `model-00001-of-00003.safetensors` as `model.safetensors`.
fn without_shard(name: &str) -> String {
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = || {
        let (before, behind) = name.split_once("-of-")?;
        let (stem, number) = before.rsplit_once('-')?;
        let (count, ending) = behind.split_at_checked(5)?;
        (is_number(number) && is_number(count)).then(|| format!("{stem}{ending}"))
    };
    whole().unwrap_or_else(|| name.to_owned())
}

/// Findings by rule, the worst first.
fn weaknesses(findings: &[Finding]) -> Vec<Weakness> {
    let mut weaknesses: Vec<Weakness> = Vec::new();
    // What is only worth knowing weakens nothing.
    for finding in findings.iter().filter(|finding| finding.severity > Severity::Info) {
        let line = format!("{}: {}", finding.location, finding.message);
        let one = (finding.location.path.clone(), finding.severity, line);
        if let Some(known) = weaknesses.iter_mut().find(|known| known.rule == finding.rule) {
            known.findings.push(one);
        } else if let Some(rule) = rules::find(&finding.rule) {
            weaknesses.push(Weakness {
                rule: rule.id,
                severity: finding.severity,
                summary: rule.summary,
                why: rule.why,
                advice: rule.advice,
                references: rule.references,
                findings: vec![one],
            });
        }
    }
    weaknesses
}
