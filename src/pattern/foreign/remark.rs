//! What of other tools' rules could not be used, as people read it: line by line for
//! `straykey patterns check`, and by reason on standard error of a scan, since files of
//! hundreds of rules have the same reason hundreds of times.

/// Most places that one line names.
const NAMED: usize = 4;

/// Something that could not be used.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Remark {
    file: String,
    /// `rule ID`, `rule ID, allowlist N`, `file` …
    place: String,
    why: String,
}

impl Remark {
    /// Takes `PLACE: WHY` apart; ids in a place have no colon.
    pub(super) fn new(file: &str, text: &str) -> Self {
        let (place, why) = text.split_once(": ").unwrap_or(("file", text));
        Self {
            file: file.to_owned(),
            place: place.to_owned(),
            why: why.to_owned(),
        }
    }

    /// Returns it as a line.
    pub(in super::super) fn line(&self) -> String {
        format!("{}: {}: {}", self.file, self.place, self.why)
    }

    /// Whether a rule is not used at all, which weighs most.
    fn is_left_out(&self) -> bool {
        self.why.starts_with("left out")
    }
}

/// Returns a line for each reason, those by which rules are left out first.
pub(in super::super) fn by_reason(remarks: &[Remark]) -> Vec<String> {
    let mut groups: Vec<Vec<&Remark>> = Vec::new();
    for remark in remarks {
        let same = |group: &&mut Vec<&Remark>| {
            let first = group.first();
            // What is said of a file as a whole must not go down among its rules.
            let kind = |remark: &Remark| remark.place == "file";
            first.is_some_and(|first| {
                first.file == remark.file && first.why == remark.why && kind(first) == kind(remark)
            })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(remark),
            None => groups.push(vec![remark]),
        }
    }
    groups.sort_by_key(|group| !group.iter().any(|remark| remark.is_left_out()));
    groups.iter().filter_map(|group| line(group)).collect()
}

/// Returns the line of remarks that have file and reason in common.
fn line(group: &[&Remark]) -> Option<String> {
    let (first, rest) = group.split_first()?;
    let named = rest.iter().take(NAMED - 1).map(|remark| &*remark.place);
    let mut places = vec![&*first.place];
    places.extend(named);
    let more = match group.len() - places.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{}: {}{more}: {}",
        first.file,
        places.join(", "),
        first.why
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_once() {
        let mut remarks = vec![Remark::new("f.toml", "file: `a` is not used")];
        for n in 0..6 {
            let text = format!("rule r{n}: `b` is not used");
            remarks.push(Remark::new("f.toml", &text));
        }
        remarks.push(Remark::new("f.toml", "rule x: left out, its regex: none"));
        remarks.push(Remark::new("g.toml", "rule r0: `b` is not used"));
        remarks.push(Remark::new("f.toml", "file: `b` is not used"));
        assert_eq!(
            by_reason(&remarks),
            [
                "f.toml: rule x: left out, its regex: none",
                "f.toml: file: `a` is not used",
                "f.toml: rule r0, rule r1, rule r2, rule r3 and 2 more: `b` is not used",
                "g.toml: rule r0: `b` is not used",
                "f.toml: file: `b` is not used",
            ]
        );
        assert_eq!(remarks[3].line(), "f.toml: rule r2: `b` is not used");
    }
}
