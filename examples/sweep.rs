//! measuring
use aho_corasick::AhoCorasick;
use straykey::source::git::*;
#[derive(Clone)]
struct T { ac: std::sync::Arc<AhoCorasick>, w: usize, ends: bool }
impl Triggers for T {
    fn window(&self) -> usize { self.w }
    fn seen_in(&mut self, b: &[u8]) -> bool { self.ac.is_match(b) }
    fn head_len(&self) -> usize { 16 }
    fn tail_len(&self) -> usize { 16 }
    fn by_ends(&mut self, h: &[u8], _t: &[u8], _s: u64) -> bool { self.ends && h.starts_with(b"PK\x03\x04") }
}
impl Visitor for T {
    fn triggered(&mut self, id: &ObjectId, kind: ObjectKind, b: &[u8]) { if self.ends { println!("{id} {} {}", kind.name(), b.len()); } }
    fn triggered_part(&mut self, _: &ObjectId, _: ObjectKind, _: u64, _: &[u8]) {}
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let repo = discover(std::path::Path::new(&a[1])).expect("repo");
    let threads = a[2].parse().unwrap();
    let naive = a.get(3).is_some_and(|m| m == "naive");
    let ends = a.get(5).is_some();
    let lits: Vec<String> = match a.get(4) {
        Some(f) => std::fs::read_to_string(f).unwrap().lines().map(str::to_owned).collect(),
        None => (0..60).map(|i| format!("-----BEGIN {}Q{}Z KEY", ["RSA", "EC ", "DSA", "OPENSSH", "PGP"][i % 5], i * 7919)).collect(),
    };
    let w = lits.iter().map(|l| l.len()).max().unwrap();
    let t = T { ac: std::sync::Arc::new(AhoCorasick::builder().match_kind(aho_corasick::MatchKind::LeftmostFirst).build(&lits).unwrap()), w, ends };
    let odb = repo.odb();
    let (o, _) = sweep(&odb, &t, &SweepOptions { threads, naive, ..Default::default() });
    if let Ok(list) = std::env::var("ATTR") {
        let ids: Vec<ObjectId> = std::fs::read_to_string(list).unwrap().lines().filter_map(|l| ObjectId::from_hex(odb.hash_kind(), l.as_bytes())).collect();
        let start = std::time::Instant::now();
        let a = attribute(&repo, &odb, &ids, &AttributeOptions { sweep: SweepOptions { threads, ..Default::default() }, authors: true });
        eprintln!("attributed {} in {:?} cut {} skips {}", a.of.len(), start.elapsed(), a.cut, a.skips.len());
        if ends { for (id, p) in &a.of { println!("{id} {:?} first {:?} tips {} paths {:?}", p.reach, p.first, p.tips.len(), p.paths.iter().map(|p| String::from_utf8_lossy(&p.path).into_owned()).collect::<Vec<_>>()); } }
    }
    eprintln!("{:?} skips {} {:?}", o.counts, o.skips.len(), &o.skips[..o.skips.len().min(5)]);
}
