//! How fast text is looked through for secrets and addresses, on one core: `benches/secrets.py` runs it.
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::fs::File;
use std::time::{Duration, Instant};

use weighbridge_inspect::Limits;
use weighbridge_inspect::input::Input;
use weighbridge_inspect::secrets::{Scope, facts};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for argument in std::env::args().skip(1) {
        let input = Input::file(File::open(&argument)?)?;
        let input = Input::bytes(input.read(0, input.len())?);
        for (name, scope) in [("all", Scope::All), ("strict", Scope::Strict)] {
            let mut best = Duration::MAX;
            let mut count = 0;
            for _ in 0..5 {
                let start = Instant::now();
                count = facts(&input, scope, &Limits::default())?.len();
                best = best.min(start.elapsed());
            }
            #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
            let rate = input.len() as f64 / 1e6 / best.as_secs_f64();
            println!("{argument}\t{name}\t{rate:.0}\t{count}");
        }
    }
    Ok(())
}
