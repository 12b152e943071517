//! `licence`: what the terms of a model, or of one licence, say about an intended use.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use weighbridge_domain::facts::LicenceSource;
use weighbridge_inspect::licence::assessment::{Assessment, Statement, of_name, of_report};
use weighbridge_inspect::licence::evaluate::Answer;
use weighbridge_inspect::licence::{Use, near, table};
use weighbridge_inspect::secrets::Known;
use weighbridge_inspect::{Options, scan, text};

use crate::command_line::licence::Licence;
use crate::failure::Failure;
use crate::output::print_without;
use crate::progress;

/// Looks, answers, and gives the exit code.
pub(crate) fn run(arguments: &Licence) -> Result<u8, Failure> {
    let intended = Use::from(&arguments.intended);
    let target = &arguments.target;
    let mut known = Known::default();
    let assessment = if Path::new(target).exists() {
        let options = Options { digests: false, facts: true, ..Options::default() };
        let paths = [PathBuf::from(target)];
        let report = progress::shown(arguments.json, |progress| scan(&paths, &options, progress));
        let assessment = of_report(&report, &intended);
        known = report.known;
        assessment
    } else {
        of_name(target, &intended).ok_or_else(|| unknown(target))?
    };
    print_without(&known, |out| if arguments.json { assessment.json(out) } else { write(&assessment, out) })?;
    Ok(assessment.exit_code())
}

fn unknown(target: &str) -> Failure {
    let near = near(target);
    let similar = if near.is_empty() { String::new() } else { format!("; similar: `{}`", near.join("`, `")) };
    Failure::new(
        format!(
            "`{}` is no file, no licence and no base model that is known{similar}",
            text::shown(target, 120)
        ),
        match near.first() {
            Some(near) => format!("weighbridge licence {near}"),
            None => "docs/licences.md lists what is known".to_owned(),
        },
    )
}

fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let style = style_of(assessment.answer);
    writeln!(out, "{style}{}{style:#}  {}", assessment.answer.word(), asked(&assessment.intended))?;
    for open in &assessment.open {
        writeln!(out, "  ? {}", text::shown(open, 500))?;
    }
    for statement in &assessment.statements {
        writeln!(out)?;
        one(statement, out)?;
    }
    writeln!(
        out,
        "\nFacts as of {}, not legal advice: the text that came with the model counts.",
        table().as_of
    )
}

fn one(statement: &Statement, out: &mut dyn Write) -> io::Result<()> {
    let dim = Style::new().dimmed();
    let from = match statement.source {
        Some(LicenceSource::Card) => "the card",
        Some(LicenceSource::Text) => "a text",
        Some(LicenceSource::Metadata) => "metadata",
        Some(LicenceSource::Manifest) => "a manifest, about code",
        Some(LicenceSource::BaseModel) => "a base model",
        None => "asked for",
    };
    let name = statement.terms.map(|terms| terms.name.as_str());
    let name = name.or_else(|| statement.listed.as_ref().map(|listed| listed.name));
    let known = match (&statement.id, name) {
        (Some(id), Some(name)) => format!("{id}: {name}"),
        (Some(id), None) => id.clone(),
        _ => "not known".to_owned(),
    };
    let bold = Style::new().bold();
    writeln!(out, "{bold}{}{bold:#}", text::shown(&known, 200))?;
    let place = if statement.path.is_empty() { String::new() } else { format!("{}, ", statement.path) };
    writeln!(out, "  {dim}{place}{from}: {}{dim:#}", text::shown(&statement.stated, 200))?;
    if let Some(listed) = &statement.listed {
        let word = |yes: bool| if yes { "yes" } else { "no" };
        let (osi, fsf) = (word(listed.osi_approved), word(listed.fsf_libre));
        let old = if listed.deprecated { "; the id is deprecated" } else { "" };
        writeln!(out, "  {dim}SPDX {}; OSI approved: {osi}; FSF free: {fsf}{old}{dim:#}", listed.id)?;
    }
    if let Some(terms) = statement.terms {
        writeln!(out, "  {dim}rests on {} ({} confidence){dim:#}", terms.source, terms.confidence)?;
    }
    if let Some(nearest) = &statement.nearest {
        let alike = statement.likeness.unwrap_or_default();
        writeln!(
            out,
            "  nearest to {} ({}.{} % alike)",
            text::shown(&nearest.id, 80),
            alike / 10,
            alike % 10
        )?;
        for line in &nearest.difference {
            writeln!(out, "    {}", text::shown(line, 200))?;
        }
    }
    let style = style_of(statement.verdict.answer);
    writeln!(out, "  {style}{}{style:#}", statement.verdict.answer.word())?;
    let lists =
        [("x", &statement.verdict.reasons), ("?", &statement.verdict.open), ("-", &statement.verdict.duties)];
    for (mark, lines) in lists {
        for line in lines {
            writeln!(out, "  {mark} {}", text::shown(line, 500))?;
        }
    }
    Ok(())
}

fn asked(intended: &Use) -> String {
    let flags = [
        (intended.commercial, "commercial use"),
        (intended.hosted, "running it for others"),
        (intended.fine_tune, "making models from it"),
        (intended.redistribute, "passing it on"),
        (intended.train_on_outputs, "training others on outputs"),
    ];
    let mut asked: Vec<String> =
        flags.iter().filter(|(asked, _)| *asked).map(|(_, words)| (*words).to_owned()).collect();
    asked.extend(intended.country.iter().map(|country| format!("in {country}")));
    asked.extend(intended.monthly_users.map(|users| format!("with {}", text::count(users, "monthly user"))));
    asked.extend(
        intended.yearly_revenue.map(|dollars| format!("with {} a year", text::count(dollars, "US dollar"))),
    );
    asked.extend(intended.field.map(|field| format!("for {}", field.word())));
    if asked.is_empty() { "for own use that earns nothing".to_owned() } else { asked.join(", ") }
}

fn style_of(answer: Answer) -> Style {
    let colour = match answer {
        Answer::Allow => AnsiColor::Green,
        Answer::NeedsCounsel => AnsiColor::Yellow,
        Answer::Refuse => AnsiColor::Red,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}
