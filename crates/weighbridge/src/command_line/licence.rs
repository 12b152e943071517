//! What can be typed behind `licence`.

use clap::{Args, ValueEnum};
use weighbridge_inspect::licence::Use;
use weighbridge_inspect::licence::evaluate::Field;
use weighbridge_inspect::licence::places::is_place;

const EXIT_CODES: &str = "\
Exit codes:
  0  allow: nothing that is known speaks against it, as long as the duties are kept
  1  refuse: the terms do not grant something that was asked for
  2  it could not be looked into
  3  needs counsel: what is known does not settle it";

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Licence {
    /// A file or folder, or the id, tag or name of a licence, or the name of a base model
    #[arg(value_name = "PATH|ID")]
    pub(crate) target: String,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) intended: Intended,
}

/// What somebody means to do.
#[derive(Debug, Args)]
#[command(next_help_heading = "Intended use")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option by itself")]
pub(crate) struct Intended {
    /// Earn money with it
    #[arg(long)]
    commercial: bool,

    /// Run it for others
    #[arg(long)]
    hosted: bool,

    /// Make models from it
    #[arg(long)]
    fine_tune: bool,

    /// Pass it on, or what is made from it
    #[arg(long)]
    redistribute: bool,

    /// Train other models on what it puts out
    #[arg(long)]
    train_on_outputs: bool,

    /// Where you are established: two letters, such as DE
    #[arg(long, value_name = "CODE", value_parser = country)]
    country: Option<String>,

    /// Monthly active users of all your products together
    #[arg(long, value_name = "N")]
    monthly_users: Option<u64>,

    /// Yearly revenue in US dollars
    #[arg(long, value_name = "N")]
    yearly_revenue: Option<u64>,

    /// What it is used for
    #[arg(long, value_enum)]
    field: Option<FieldName>,
}

/// Fields of use that licences speak of.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum FieldName {
    Biometrics,
    CriticalInfrastructure,
    LawEnforcement,
    LegalDecisions,
    Medical,
    Military,
    Surveillance,
    Weapons,
}

fn country(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    if is_place(&code) {
        Ok(code)
    } else {
        Err("it is no country: write the two letters of ISO 3166, such as DE, or EU".to_owned())
    }
}

impl From<&Intended> for Use {
    fn from(intended: &Intended) -> Self {
        Self {
            commercial: intended.commercial,
            hosted: intended.hosted,
            fine_tune: intended.fine_tune,
            redistribute: intended.redistribute,
            train_on_outputs: intended.train_on_outputs,
            country: intended.country.clone(),
            monthly_users: intended.monthly_users,
            yearly_revenue: intended.yearly_revenue,
            field: intended.field.map(|field| match field {
                FieldName::Biometrics => Field::Biometrics,
                FieldName::CriticalInfrastructure => Field::CriticalInfrastructure,
                FieldName::LawEnforcement => Field::LawEnforcement,
                FieldName::LegalDecisions => Field::LegalDecisions,
                FieldName::Medical => Field::Medical,
                FieldName::Military => Field::Military,
                FieldName::Surveillance => Field::Surveillance,
                FieldName::Weapons => Field::Weapons,
            }),
        }
    }
}
