//! How far a scan is, on a terminal's standard error.

use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use weighbridge_inspect::Progress;

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Shorter scans show nothing.
const LOOKS_BEFORE_SHOWING: u32 = 3;

/// Does the work and shows how far it is, when there is somebody to see it.
pub(crate) fn shown<T: Send>(quiet: bool, work: impl FnOnce(&Progress) -> T + Send) -> T {
    let progress = Progress::default();
    if quiet || !std::io::stderr().is_terminal() {
        return work(&progress);
    }
    let (done, is_done) = channel::<()>();
    let watched = &progress;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let bar = new_bar();
            let mut looks = 0;
            while let Err(RecvTimeoutError::Timeout) = is_done.recv_timeout(BETWEEN_LOOKS) {
                update(&bar, watched);
                looks += 1;
                if looks == LOOKS_BEFORE_SHOWING {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
            }
            bar.finish_and_clear();
        });
        let result = work(watched);
        drop(done);
        result
    })
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
    let template =
        "{wide_bar} {binary_bytes} of {binary_total_bytes}, {msg}, {binary_bytes_per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar
}

fn update(bar: &ProgressBar, progress: &Progress) {
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    bar.set_length(read(&progress.bytes));
    bar.set_position(read(&progress.bytes_done));
    bar.set_message(format!("{} of {} files", read(&progress.files_done), read(&progress.files)));
}
