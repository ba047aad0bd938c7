//! What a run may say of a machine.
//!
//! "Clean" is a promise: it is only made with a list that is signed, fresh and not expired, after a run
//! that saw all there was to see. Everything else is `findings`, or `not-vouched` with every reason.

use crate::finding::NoticeReason;
use crate::report::{ListInfo, Outcome, Report};

/// What a run comes to, and why it is not clean.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// `clean`, `findings` or `not-vouched`.
    pub word: &'static str,
    /// Why it is not clean.
    pub why: Vec<String>,
    /// The exit code that goes with it.
    pub exit_code: u8,
}

/// What a verdict depends on beside the report.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    /// Oldest list that is fresh, in days.
    pub max_age_days: i64,
    /// Homes and places that were not looked at.
    pub left_out: Vec<String>,
    /// Why the list that was to be used was not.
    pub trouble: Option<String>,
    /// Whether archives were looked into.
    pub archives: bool,
}

/// Returns the verdict on a run.
#[must_use]
pub fn verdict(report: &Report, grounds: &Grounds) -> Verdict {
    let mut why = match &grounds.trouble {
        Some(trouble) => vec![format!("the list was not used: {trouble}")],
        None => list(report.inventory.as_ref(), grounds.max_age_days),
    };
    if !report.is_complete() {
        let kinds = report.skipped.iter();
        let kinds = kinds.filter(|(reason, count)| report.counts_against(**reason) && **count > 0);
        let kinds: Vec<String> = kinds
            .map(|(reason, count)| format!("{count} {}", reason.as_str()))
            .collect();
        why.push(format!("not all was read: {}", kinds.join(", ")));
    }
    if !grounds.left_out.is_empty() {
        why.push(format!("not looked at: {}", grounds.left_out.join(", ")));
    }
    let excluded = report.skipped.get(&NoticeReason::Excluded);
    if let Some(excluded) = excluded.filter(|count| **count > 0) {
        why.push(format!("{excluded} excluded by options"));
    }
    if !grounds.archives {
        why.push("archives were not looked into".to_owned());
    }
    let active = report.active().len();
    if report.outcome() == Outcome::Findings || active > 0 {
        why.insert(0, format!("{active} findings"));
    }
    let word = match (active, why.is_empty()) {
        (0, true) => "clean",
        (0, false) => "not-vouched",
        _ => "findings",
    };
    let exit_code = match report.outcome() {
        Outcome::Findings => 1,
        _ if word == "not-vouched" => 2,
        // Findings below the threshold.
        other => other.exit_code(),
    };
    Verdict {
        word,
        why,
        exit_code,
    }
}

/// Says why a list does not bear the word "clean".
fn list(list: Option<&ListInfo>, max_age_days: i64) -> Vec<String> {
    let Some(list) = list else {
        return vec!["no list of the company's keys was given".to_owned()];
    };
    let mut why = Vec::new();
    if list.signer.is_none() {
        why.push("the signature of the list was not checked".to_owned());
    }
    if list.expired {
        why.push("the list has expired".to_owned());
    }
    match list.age_days {
        None => why.push("the list does not say when it was issued".to_owned()),
        Some(days) if days < 0 => {
            why.push("the list is of the future: a clock is wrong".to_owned());
        }
        Some(days) if days > max_age_days => why.push(format!("the list is {days} days old")),
        Some(_) => {}
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Notice;

    fn good() -> ListInfo {
        ListInfo {
            signer: Some("AB".into()),
            age_days: Some(3),
            ..ListInfo::default()
        }
    }

    #[test]
    fn clean_needs_a_fresh_verified_list_and_full_coverage() {
        let grounds = Grounds {
            max_age_days: 30,
            archives: true,
            ..Grounds::default()
        };
        let with = |inventory| Report {
            inventory,
            ..Report::default()
        };
        assert_eq!(verdict(&with(Some(good())), &grounds).word, "clean");
        let bad = [
            None,
            Some(ListInfo {
                signer: None,
                ..good()
            }),
            Some(ListInfo {
                expired: true,
                ..good()
            }),
            Some(ListInfo {
                age_days: Some(-2),
                ..good()
            }),
            Some(ListInfo {
                age_days: Some(31),
                ..good()
            }),
            Some(ListInfo {
                age_days: None,
                ..good()
            }),
        ];
        for list in bad {
            let verdict = verdict(&with(list.clone()), &grounds);
            assert_eq!(
                (verdict.word, verdict.exit_code),
                ("not-vouched", 2),
                "{list:?}"
            );
        }
        let mut unread = with(Some(good()));
        unread.notice(Notice {
            reason: NoticeReason::Unreadable,
            path: "/x".into(),
            detail: String::new(),
        });
        assert_eq!(verdict(&unread, &grounds).word, "not-vouched");
        let left_out = Grounds {
            left_out: vec!["/home/bob".into()],
            ..grounds
        };
        assert_eq!(verdict(&with(Some(good())), &left_out).word, "not-vouched");
    }
}
