//! straykey
fn main() {
    use straykey::{
        scanner::*,
        source::{tree, *},
    };
    let roots: Vec<std::path::PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    let o = tree::Options {
        threads: 2,
        exclude: vec![],
        max_file_size: u64::MAX,
        respect_ignore: false,
    };
    let t = std::time::Instant::now();
    let s = Scanner::new(ScanPlan::default()).unwrap();
    eprintln!("tables {:?}", t.elapsed());
    let h = tree::walk(&roots, &o, &s, &Progress::default(), &Interrupt::new()).unwrap();
    for s in &h.sightings {
        println!(
            "{}:{} {:?} {:?}",
            s.origin.path.display(),
            s.region.line,
            s.manner,
            s.subject
        );
    }
    eprintln!(
        "{} files {} bytes {} sightings {:?} {:?} {:?}",
        h.files,
        h.bytes,
        h.sightings.len(),
        h.skipped,
        h.notices.first(),
        t.elapsed()
    );
}
