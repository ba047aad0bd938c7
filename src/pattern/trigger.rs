//! Short triggers of rules, with what may stand behind them: so `secret` does not wake for
//! `secretary` and `secret of`.

use crate::blob::{Behind, Literal};

/// Length of a trigger that is searched for with what stands behind it, in bytes; of those that
/// calls and prefixes make, the shortest.
pub(super) const CONTINUED: usize = 6;
/// What may stand behind a part of a name: separators, other words of the name,
/// and what stands between a name and its value.
const NAME: Behind = Behind {
    any: b"\t\n\r\"'`=:;,.>)]}|?!({[<\\/_-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZbcdfhknopstvwx",
    after_blank: b"=:|?,\"'`({[<-+",
};
/// As above. In capitals it may be an instruction as well: `ENV SECRET …`.
const CAPITALS: Behind = Behind {
    any: b" \t\n\r\"'`=:;,.>)]}|?!({[<\\/_-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZbcdfhknopstvwx",
    after_blank: b"",
};
/// Any character of ASCII.
const TEXT: Behind = Behind {
    any: b"\t\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`\
           abcdefghijklmnopqrstuvwxyz{|}~",
    after_blank: b"",
};

/// Returns what is searched for in place of a trigger.
pub(super) fn continued(trigger: &[u8]) -> Literal {
    let behind = match trigger.last() {
        _ if trigger.len() != CONTINUED => None,
        Some(b'A'..=b'Z') => Some(&CAPITALS),
        Some(b'a'..=b'z' | b'0'..=b'9') => Some(&NAME),
        _ => Some(&TEXT),
    };
    Literal {
        bytes: trigger.to_vec(),
        behind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_triggers_are_continued() {
        let secret = continued(b"secret");
        for text in ["secret=", "secret: ", "secret =", "secretKey", "secret_key"] {
            assert!(secret.begins(text.as_bytes()), "{text}");
        }
        for text in ["secretary", "secret of", "secretly", "secret", "secret "] {
            assert!(!secret.begins(text.as_bytes()), "{text}");
        }
        assert!(continued(b"SECRET").begins(b"SECRET key"));
        assert!(continued(b"whsec_").begins(b"whsec_Q"));
        assert!(!continued(b"whsec_").begins("whsec_é".as_bytes()));
        assert_eq!(continued(b"SecretKey"), Literal::new(b"SecretKey".to_vec()));
    }

    #[test]
    fn any_character_is_all_of_them() {
        let all: Vec<u8> = (0..=127).filter(|b| TEXT.any.contains(b)).collect();
        let expected = b"\t\n\r".iter().copied().chain(b' '..=b'~');
        assert_eq!(all, expected.collect::<Vec<_>>());
        assert_eq!(all.len(), TEXT.any.len());
    }
}
