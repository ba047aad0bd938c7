//! Triggers of rules that are too short to be searched for at no cost, with what
//! may stand behind them.

/// Shortest trigger that costs nothing: the scanner samples such literals.
const FREE: usize = 7;
/// Shortest that is searched for with what stands behind it.
pub(super) const CONTINUED: usize = FREE - 1;
/// What may stand behind a part of a name: separators, other words of the name,
/// and what stands between a name and its value.
const BEHIND_NAME: &[u8] =
    b"\t\n\r\"'`=:;,.>)]}|?!({[<\\/_-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZbcdfhknopstvwx";
/// What may stand behind a name and a blank.
const BEHIND_BLANK: &[u8] = b"=:|?,\"'`({[<-+";

/// Returns what is searched for in place of a trigger.
pub(super) fn continued(trigger: &[u8]) -> Vec<Vec<u8>> {
    let with = |last: u8| [trigger, &[last]].concat();
    let with_blank = |last: u8| [trigger, &[b' ', last]].concat();
    match trigger.last() {
        _ if trigger.len() != CONTINUED => vec![trigger.to_vec()],
        // In capitals it may be an instruction: `ENV SECRET …`.
        Some(b'A'..=b'Z') => BEHIND_NAME
            .iter()
            .copied()
            .chain([b' '])
            .map(with)
            .collect(),
        Some(b'a'..=b'z' | b'0'..=b'9') => {
            let blanks = BEHIND_BLANK.iter().copied().map(with_blank);
            BEHIND_NAME
                .iter()
                .copied()
                .map(with)
                .chain(blanks)
                .collect()
        }
        _ => (b' '..=b'~').chain(*b"\t\n\r").map(with).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_triggers_are_continued() {
        let all = continued(b"secret");
        assert!(
            all.iter()
                .all(|t| t.len() >= FREE && t.starts_with(b"secret"))
        );
        for text in ["secret=", "secret: ", "secret =", "secretKey", "secret_key"] {
            let known = all.iter().any(|t| text.as_bytes().starts_with(t));
            assert!(known, "{text}");
        }
        for text in ["secretary", "secret of", "secretly"] {
            let known = all.iter().any(|t| text.as_bytes().starts_with(t));
            assert!(!known, "{text}");
        }
        assert_eq!(continued(b"SecretKey"), [b"SecretKey".to_vec()]);
        assert!(continued(b"SECRET").contains(&b"SECRET ".to_vec()));
        assert!(continued(b"whsec_").contains(&b"whsec_Q".to_vec()));
    }
}
