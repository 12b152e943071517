//! How far a scan is, on a terminal's standard error.

use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use weighbridge_inspect::Progress;

/// Shorter scans show nothing.
const BEFORE_SHOWING: Duration = Duration::from_millis(300);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

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
            let mut wait = BEFORE_SHOWING;
            let mut bar = None;
            while let Err(RecvTimeoutError::Timeout) = is_done.recv_timeout(wait) {
                update(bar.get_or_insert_with(new_bar), watched);
                wait = BETWEEN_LOOKS;
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        });
        let result = work(watched);
        drop(done);
        result
    })
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template =
        "{bar:24} {binary_bytes} of {binary_total_bytes}, {msg}, {binary_bytes_per_sec}, {eta} left";
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
