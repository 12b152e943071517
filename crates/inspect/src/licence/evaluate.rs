//! What follows from a licence for an intended use. Pure: the same row and use give the same answer.

use serde::Serialize;
use weighbridge_domain::Confidence;

use super::{Class, Copyleft, Grant, Row, Threshold, Training};

/// What somebody means to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked about by itself")]
pub struct Use {
    /// Earn money with it.
    pub commercial: bool,
    /// Run it for others.
    pub hosted: bool,
    /// Make models from it.
    pub fine_tune: bool,
    /// Pass it on, or what was made from it.
    pub redistribute: bool,
    /// Train other models on what it puts out.
    pub train_on_outputs: bool,
    /// Where the user is established: two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Monthly active users of all products together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_users: Option<u64>,
    /// Yearly revenue in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yearly_revenue: Option<u64>,
    /// What it is used for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
}

/// Fields of use that licences speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Recognising people by their bodies.
    Biometrics,
    /// Supply of power, water, traffic and the like.
    CriticalInfrastructure,
    /// Decisions about people's rights.
    LegalDecisions,
    /// Police, courts, borders.
    LawEnforcement,
    /// Health.
    Medical,
    /// Armed forces, espionage.
    Military,
    /// Watching people.
    Surveillance,
    /// Weapons.
    Weapons,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Biometrics,
        Self::CriticalInfrastructure,
        Self::LawEnforcement,
        Self::LegalDecisions,
        Self::Medical,
        Self::Military,
        Self::Surveillance,
        Self::Weapons,
    ];

    /// The word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Biometrics => "biometrics",
            Self::CriticalInfrastructure => "critical-infrastructure",
            Self::LawEnforcement => "law-enforcement",
            Self::LegalDecisions => "legal-decisions",
            Self::Medical => "medical",
            Self::Military => "military",
            Self::Surveillance => "surveillance",
            Self::Weapons => "weapons",
        }
    }

    /// Words of a row that bar the field, and whether they bar all of it.
    const fn barred_by(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Biometrics => &[("biometric", true)],
            Self::CriticalInfrastructure => &[("critical infrastructure", true)],
            Self::LawEnforcement => &[("law enforcement", false)],
            Self::LegalDecisions => &[("legal decisions", false)],
            Self::Medical => &[("medical advice", false), ("clinical", false)],
            Self::Military => &[("military", true)],
            Self::Surveillance => &[("surveillance", true)],
            Self::Weapons => &[("weapons", true), ("military", false)],
        }
    }
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing in the row speaks against it, as long as the duties are kept.
    Allow,
    /// The row does not settle it: somebody who knows has to read the text.
    NeedsCounsel,
    /// The row says no.
    Refuse,
}

impl Answer {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::NeedsCounsel => "needs counsel",
            Self::Refuse => "refuse",
        }
    }
}

/// An answer with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What follows.
    pub answer: Answer,
    /// Why it is refused.
    pub reasons: Vec<String>,
    /// What a person has to settle.
    pub open: Vec<String>,
    /// What has to be done or kept to.
    pub duties: Vec<String>,
}

impl Verdict {
    /// Nothing is settled, for this reason.
    pub fn open(why: impl Into<String>) -> Self {
        Self { answer: Answer::NeedsCounsel, reasons: Vec::new(), open: vec![why.into()], duties: Vec::new() }
    }

    fn refuse(&mut self, why: impl Into<String>) {
        self.reasons.push(why.into());
        self.answer = Answer::Refuse;
    }

    fn ask(&mut self, why: impl Into<String>) {
        self.open.push(why.into());
        self.answer = self.answer.max(Answer::NeedsCounsel);
    }

    fn duty(&mut self, what: impl Into<String>) {
        self.duties.push(what.into());
    }

    /// Asks for something that may be granted.
    fn grant(&mut self, asked: bool, grant: Grant, what: &str) {
        match grant {
            _ if !asked => {}
            Grant::Yes | Grant::PrivateOnly => {}
            Grant::No => self.refuse(format!("{what} is not granted")),
            Grant::Limited => self.ask(format!("{what} is granted to some, or up to a point")),
            Grant::Unclear => self.ask(format!("whether {what} is granted cannot be said")),
        }
    }
}

/// What follows from a row for this use. Families and rows that are not sure never allow by themselves.
pub fn evaluate(row: &Row, intended: &Use) -> Verdict {
    let mut verdict =
        Verdict { answer: Answer::Allow, reasons: Vec::new(), open: Vec::new(), duties: Vec::new() };
    if row.class == Class::Family {
        return Verdict::open(format!("`{}` names no text: find out which one applies", row.id));
    }
    if row.confidence != Confidence::High {
        verdict.ask(format!(
            "what is known of it is of {} confidence: read the text that came with the model",
            row.confidence
        ));
    }
    verdict.grant(intended.commercial, row.commercial, "commercial use");
    verdict.grant(intended.hosted, row.hosted, "running it for others");
    verdict.grant(intended.fine_tune, row.derivatives, "making models from it");
    verdict.grant(intended.redistribute, row.redistribution, "passing it on");
    if row.derivatives == Grant::PrivateOnly && intended.fine_tune {
        if intended.redistribute {
            verdict.refuse("what is made from it may not be passed on");
        } else {
            verdict.duty("keep what is made from it to yourself");
        }
    }
    thresholds(row, intended, &mut verdict);
    territory(row, intended, &mut verdict);
    field(row, intended, &mut verdict);
    outputs(row, intended, &mut verdict);
    duties(row, intended, &mut verdict);
    verdict
}

fn thresholds(row: &Row, intended: &Use, verdict: &mut Verdict) {
    for threshold in &row.threshold {
        let Threshold { limit, effect, .. } = threshold;
        let shown = threshold.shown();
        let (stated, option) = match threshold.metric.as_str() {
            "monthly_active_users" => (intended.monthly_users, "--monthly-users"),
            "monthly_revenue_usd" => (intended.yearly_revenue.map(|yearly| yearly / 12), "--yearly-revenue"),
            _ => (intended.yearly_revenue, "--yearly-revenue"),
        };
        let names = effect.starts_with("display");
        match stated {
            Some(count) if count > *limit || count == *limit && threshold.comparison == "at_least" => {
                if names {
                    verdict.duty(format!("with {shown}: {effect}"));
                } else if intended.commercial || !effect.contains("commercial use") {
                    verdict.refuse(format!("with {shown}: {effect}"));
                }
            }
            Some(_) => {}
            None => verdict.duty(format!("with {shown}: {effect} (say which with {option})")),
        }
    }
}

/// Members of the European Union.
const UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

fn territory(row: &Row, intended: &Use, verdict: &mut Verdict) {
    let Some(territory) = &row.territory else { return };
    let places = territory.excluded.join(", ");
    let Some(country) = intended.country.as_deref().map(str::to_ascii_uppercase) else {
        return verdict.duty(format!("not in {places}: {} (say where with --country)", territory.scope));
    };
    let country = if country == "UK" { "GB" } else { &country };
    let out = territory.excluded.iter().any(|place| match place.as_str() {
        "EU" => country == "EU" || UNION.contains(&country),
        "UK" => country == "GB",
        other => country == other,
    });
    if out && territory.scope == "any use" {
        verdict.refuse(format!("no rights are granted in {places}"));
    } else if out {
        verdict.ask(format!("no rights are granted in {places} for {}", territory.scope));
    }
}

fn field(row: &Row, intended: &Use, verdict: &mut Verdict) {
    let Some(field) = intended.field else { return };
    for (words, whole) in field.barred_by() {
        let Some(barred) = row.field_of_use.iter().find(|barred| barred.contains(words)) else { continue };
        let why = format!("it speaks of `{barred}`, and the field is {}", field.word());
        if *whole {
            verdict.refuse(why);
        } else {
            verdict.ask(why);
        }
        return;
    }
    if let Some(policy) = &row.aup {
        verdict.ask(format!(
            "whether its policy of acceptable use ({policy}) allows {} is not known",
            field.word()
        ));
    }
    if let Some(only) =
        row.field_of_use.iter().find(|words| words.contains("research") || words.contains(" only"))
    {
        verdict.ask(format!("it allows only `{only}`, and the field is {}", field.word()));
    }
}

/// The words say which uses are allowed, and not which are barred.
pub(super) fn allows_only(words: &str) -> bool {
    ["research", " only", "noncommercial", "non-commercial", "not primarily for commercial"]
        .iter()
        .any(|part| words.contains(part))
}

fn outputs(row: &Row, intended: &Use, verdict: &mut Verdict) {
    if !intended.train_on_outputs {
        return;
    }
    let said = row.outputs.as_deref().or(row.naming.as_deref()).unwrap_or("see its text");
    match row.training {
        Training::Yes => {}
        Training::No => verdict.refuse(format!("outputs: {said}")),
        Training::AsDerivative => verdict.duty("a model trained on outputs comes under these terms, too"),
        Training::Named => verdict.duty(format!("a model trained on outputs: {said}")),
        Training::SamePurpose => verdict.duty(format!("outputs: {said}")),
        Training::Unclear => verdict.ask("whether outputs may train other models cannot be said"),
    }
}

fn duties(row: &Row, intended: &Use, verdict: &mut Verdict) {
    let passes_on = intended.redistribute || intended.hosted;
    if let Some(attribution) = row.attribution.as_deref().filter(|attribution| *attribution != "none")
        && (intended.redistribute || passes_on && row.class == Class::Custom)
    {
        verdict.duty(format!("when it is passed on: {attribution}"));
    }
    if let Some(naming) = &row.naming
        && (intended.fine_tune || passes_on)
    {
        verdict.duty(format!("names to show: {naming}"));
    }
    match row.copyleft {
        Copyleft::UseRestrictionsPassThrough if passes_on || intended.fine_tune => {
            verdict.duty("pass its restrictions of use on to everybody who gets it or what is made from it");
        }
        Copyleft::Network if passes_on => {
            verdict.duty("offer what is made from it under the same terms, also when it is only hosted");
        }
        Copyleft::Strong | Copyleft::Weak | Copyleft::File if intended.redistribute => {
            verdict.duty("pass what is made from it on under the same terms");
        }
        _ => {}
    }
    // What is barred binds everybody, whatever they mean to do.
    let (allowed, barred): (Vec<&str>, Vec<&str>) =
        row.field_of_use.iter().map(String::as_str).partition(|words| allows_only(words));
    if !allowed.is_empty() {
        verdict.duty(format!("it allows only: {}", allowed.join("; ")));
    }
    if !barred.is_empty() {
        verdict.duty(format!("it bars: {}", barred.join("; ")));
    }
    if let Some(policy) = &row.aup {
        verdict.duty(format!("keep to its policy of acceptable use ({policy})"));
    }
    if row.revocable == Some(true) {
        verdict.duty("watch for changes: the licensor may end or narrow it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licence::{row, table};

    fn answer(id: &str, intended: &Use) -> Verdict {
        evaluate(row(id).unwrap(), intended)
    }

    fn commercial() -> Use {
        Use { commercial: true, hosted: true, ..Use::default() }
    }

    #[test]
    fn grants_decide() {
        assert_eq!(answer("apache-2.0", &commercial()).answer, Answer::Allow);
        let refused = answer("cc-by-nc-4.0", &commercial());
        assert_eq!(
            refused.reasons,
            ["commercial use is not granted", "running it for others is not granted"]
        );
        assert_eq!(answer("cc-by-nc-4.0", &Use::default()).answer, Answer::Allow);
        // Neither a policy that is elsewhere nor a purpose that is the only one is settled by what the table knows.
        for (id, field) in [("gemma", Field::Surveillance), ("exaone-nc", Field::Military)] {
            let asked = answer(id, &Use { field: Some(field), ..Use::default() });
            assert_ne!(asked.answer, Answer::Allow, "{id}: {asked:?}");
        }
        let passed_on = Use { fine_tune: true, redistribute: true, ..Use::default() };
        assert_eq!(answer("cc-by-nd-4.0", &passed_on).answer, Answer::Refuse);
        let kept = Use { fine_tune: true, ..Use::default() };
        assert_eq!(answer("cc-by-nd-4.0", &kept).duties, ["keep what is made from it to yourself"]);
    }

    #[test]
    fn families_and_unsure_rows_never_allow() {
        for row in &table().licences {
            let verdict = evaluate(row, &Use::default());
            let sure = row.class != Class::Family && row.confidence == Confidence::High;
            assert_eq!(verdict.answer == Answer::Allow, sure, "{}", row.id);
        }
    }

    #[test]
    fn thresholds_refuse_only_beyond_the_limit() {
        let users = |count| Use { monthly_users: Some(count), ..commercial() };
        assert_eq!(answer("llama3.1", &users(700_000_000)).answer, Answer::Allow);
        assert_eq!(answer("llama3.1", &users(700_000_001)).answer, Answer::Refuse);
        let unsaid = answer("llama3.1", &commercial());
        assert!(unsaid.duties.iter().any(|duty| duty.contains("more than 700 000 000")), "{unsaid:?}");
        let revenue = |count| Use { yearly_revenue: Some(count), ..commercial() };
        assert_eq!(answer("stabilityai-community", &revenue(999_999)).answer, Answer::Allow);
        assert_eq!(answer("stabilityai-community", &revenue(1_000_000)).answer, Answer::Refuse);
        let shown = answer("modified-mit-kimi", &revenue(480_000_000));
        assert_eq!(shown.answer, Answer::Allow);
        assert!(shown.duties.iter().any(|duty| duty.contains("display name")), "{shown:?}");
    }

    #[test]
    fn places_and_fields_are_looked_up() {
        let from = |country: &str| Use { country: Some(country.to_owned()), ..commercial() };
        assert_eq!(answer("tencent-hunyuan", &from("de")).answer, Answer::Refuse);
        assert_eq!(answer("tencent-hunyuan", &from("UK")).answer, Answer::Refuse);
        assert_eq!(answer("tencent-hunyuan", &from("US")).answer, Answer::Allow);
        assert_eq!(answer("llama4", &from("FR")).answer, Answer::NeedsCounsel);
        assert_eq!(answer("llama4", &from("CH")).answer, Answer::Allow);
        let of = |field| Use { field: Some(field), ..commercial() };
        assert_eq!(answer("deepseek", &of(Field::Military)).answer, Answer::Refuse);
        assert_eq!(answer("creativeml-openrail-m", &of(Field::Medical)).answer, Answer::NeedsCounsel);
        assert_eq!(answer("mit", &of(Field::Military)).answer, Answer::Allow);
    }

    #[test]
    fn outputs_may_train_others_where_the_row_says_so() {
        let train = Use { train_on_outputs: true, ..commercial() };
        assert_eq!(answer("llama2", &train).answer, Answer::Refuse);
        assert_eq!(answer("llama3.3", &train).answer, Answer::Allow);
        assert_eq!(answer("gemma", &train).answer, Answer::Allow);
        assert_eq!(answer("mit", &train).duties, Vec::<String>::new());
    }
}
