//! How fast text is looked through for secrets and addresses, on one core: `benches/text_search.py` runs it.
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::fs::File;
use std::io::Read as _;
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
                let (start, on_core) = (Instant::now(), time_on_core());
                count = facts(&input, scope, &Limits::default())?.len();
                let elapsed =
                    time_on_core().zip(on_core).and_then(|(after, before)| after.checked_sub(before));
                best = best.min(elapsed.unwrap_or_else(|| start.elapsed()));
            }
            #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
            let rate = input.len() as f64 / 1e6 / best.as_secs_f64();
            println!("{argument}\t{name}\t{rate:.0}\t{count}");
        }
    }
    Ok(())
}

/// How long this thread was on a core, where the system tells: others may work on it meanwhile.
fn time_on_core() -> Option<Duration> {
    let mut text = [0; 64];
    let length = File::open("/proc/thread-self/schedstat").ok()?.read(&mut text).ok()?;
    let first = std::str::from_utf8(text.get(..length)?).ok()?.split(' ').next()?;
    Some(Duration::from_nanos(first.parse().ok()?))
}
