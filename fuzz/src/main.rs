//! Fuzz target over all formats. `fuzz/run SECONDS` builds and runs it; with `--seeds FOLDER` it writes its seeds.

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--seeds") {
        let folder = std::path::PathBuf::from(arguments.next().expect("--seeds takes a folder"));
        weighbridge_inspect::samples::write(&folder, &weighbridge_inspect::fuzz::seeds()).expect("seeds are written");
        return;
    }
    afl::fuzz!(|data: &[u8]| {
        weighbridge_inspect::fuzz::inspect(data);
    });
}
