//! How hard a secret is to guess, from its text alone.
//!
//! An answer to the challenge lets anybody who reads it try guesses offline, so
//! only secrets beyond guessing are named by one. A low estimate costs a report an
//! id; a high one may cost the secret. Random bytes, hexadecimal and base64 of 128
//! bits come out above 112, phrases and patterns below.

use zeroize::Zeroizing;

/// What each letter of a word counts for: English has 1 to 1.5 bits a letter
/// (Shannon 1951), and secrets made of words are guessed word by word.
const WORD_LETTER_BITS: f64 = 1.25;
/// Fewest letters of a word. Random base64 has such runs everywhere; that most of
/// their pairs are [`COMMON_PAIRS`] is rare.
const WORD_LETTERS: usize = 3;
/// Bytes that are looked at: this much of anything but repetition is strong, and
/// the search for repetitions is quadratic.
const MAX_BYTES: usize = 512;
/// Pairs of letters that make up most of English, and of what people call keys.
const COMMON_PAIRS: &[u8] =
    b"th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti \
as te et ng of al de se le sa si ar ve ra ld ur ll ro ri li io ne me ee ly ec ic ce co ch ta no ma \
so tr us ut la el om ho be ke ey cr pr wo rd ss pa ow wh un il em ai ad ac am ge ig gh id ie im ir \
iv lo lt mo mp nc ns oo op os ot pe pl po ol rs rt sh su sp tu ul up wa we wi yo kn ob bo od dy ab \
bi by do fo ap ba ct ds ew fe ff pp rr ry tt ";
/// What fingers follow: the rows of a keyboard.
const ROWS: [&[u8]; 4] = [b"qwertyuiop", b"asdfghjkl", b"zxcvbnm", b"1234567890"];

/// Estimates the work of guessing a secret, in bits.
///
/// Every byte counts as one choice among the characters of the classes that occur
/// (digits, hexadecimal, one case, both, base64, printable, any byte). Sequences
/// (`abc`, `321`, `qwe`), runs, and what stood there before count nothing, letters
/// of a word and what separates words little. UTF-16 counts like its text.
pub(super) fn bits(secret: &[u8]) -> u32 {
    let is_text = |byte: &u8| matches!(byte, 0x20..0x7F | b'\t' | b'\r' | b'\n');
    let squeezed: Zeroizing<Vec<u8>> =
        Zeroizing::new(secret.iter().copied().filter(|&byte| byte != 0).collect());
    let secret = if squeezed.iter().all(is_text) {
        &squeezed
    } else {
        secret
    };
    let padding = secret
        .iter()
        .rev()
        .take_while(|&&byte| byte == b'=')
        .count();
    let secret = secret
        .get(..secret.len().saturating_sub(padding))
        .unwrap_or(secret);
    let secret = secret.get(..MAX_BYTES).unwrap_or(secret);

    let alphabet = alphabet(secret);
    let per_byte = f64::from(alphabet).log2();
    // Hexadecimal spells nothing but the likes of "deadbeef".
    let words = if alphabet == HEXADECIMAL {
        Vec::new()
    } else {
        in_words(secret)
    };
    let bits: f64 = (0..secret.len())
        .map(|at| {
            if is_predictable(secret, at) {
                0.0
            } else if words.get(at) == Some(&true) {
                WORD_LETTER_BITS
            } else {
                per_byte
            }
        })
        .sum();
    // Between 0 and 8 * MAX_BYTES.
    bits as u32
}

/// Size of the alphabet of hexadecimal.
const HEXADECIMAL: u32 = 16;

/// Whether a character belongs to a class.
type Class = fn(&u8) -> bool;

/// Returns the number of characters to choose from.
fn alphabet(text: &[u8]) -> u32 {
    let has = |class: Class| text.iter().any(class);
    let one_case = !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase));
    if text.iter().all(u8::is_ascii_digit) {
        return 10;
    }
    if one_case && text.iter().all(u8::is_ascii_hexdigit) {
        return HEXADECIMAL;
    }
    if has(|byte| !matches!(byte, 0x20..0x7F | b'\t' | b'\r' | b'\n')) {
        return 256;
    }
    let classes: [(Class, u32); 5] = [
        (u8::is_ascii_lowercase, 26),
        (u8::is_ascii_uppercase, 26),
        (u8::is_ascii_digit, 10),
        (|byte| b"+/-_".contains(byte), 2),
        (
            |byte| !byte.is_ascii_alphanumeric() && !b"+/-_".contains(byte),
            29,
        ),
    ];
    classes
        .into_iter()
        .filter(|(class, _)| has(*class))
        .map(|(_, size)| size)
        .sum()
}

/// Whether a byte follows from those before it.
fn is_predictable(text: &[u8], at: usize) -> bool {
    let back = |distance: usize| {
        at.checked_sub(distance)
            .and_then(|at| text.get(at))
            .copied()
    };
    let (Some(this), Some(last), Some(before)) = (back(0), back(1), back(2)) else {
        return false;
    };
    let step = this.wrapping_sub(last);
    let in_sequence = step == last.wrapping_sub(before) && matches!(step, 0 | 1 | 0xFF);
    let typed = [before, last, this].map(|byte| byte.to_ascii_lowercase());
    let backwards = [typed[2], typed[1], typed[0]];
    let in_row = || {
        ROWS.iter()
            .flat_map(|row| row.windows(3))
            .any(|keys| keys == typed || keys == backwards)
    };
    let seen = || {
        let earlier = text.get(..at).unwrap_or_default();
        earlier
            .windows(3)
            .any(|window| window == [before, last, this])
    };
    in_sequence || in_row() || seen()
}

/// Marks the letters of words, and the characters between two words. A word is a
/// run of one case, its first letter perhaps a capital, in which most pairs of
/// letters are common.
fn in_words(text: &[u8]) -> Vec<bool> {
    let mut marks = Vec::with_capacity(text.len());
    let same_word = |left: &u8, right: &u8| {
        left.is_ascii_alphabetic()
            && right.is_ascii_alphabetic()
            && (left.is_ascii_uppercase() || right.is_ascii_lowercase())
    };
    for run in text.chunk_by(same_word) {
        let pairs = run.len().saturating_sub(1);
        let common = run.windows(2).filter(|pair| is_common(pair)).count();
        let is_word = run.len() >= WORD_LETTERS && common * 2 > pairs;
        marks.extend(std::iter::repeat_n(is_word, run.len()));
    }
    let between: Vec<usize> = (1..text.len())
        .filter(|&at| {
            text.get(at)
                .is_some_and(|byte| !byte.is_ascii_alphanumeric())
                && marks.get(at - 1) == Some(&true)
        })
        .collect();
    for at in between {
        if let Some(mark) = marks.get_mut(at) {
            *mark = true;
        }
    }
    marks
}

/// Whether two letters often follow one another.
fn is_common(pair: &[u8]) -> bool {
    COMMON_PAIRS.chunks(3).any(|common| {
        common
            .get(..2)
            .is_some_and(|common| common.eq_ignore_ascii_case(pair))
    })
}

/// Whether a text is words: a path or a piece of code, not what a generator of
/// secrets writes.
///
/// Mostly lower-case letters, nearly no digits, and never five consonants in a row:
/// of random letters and digits one text in ten thousand is so, of random letters
/// alone fewer.
#[must_use]
pub fn is_words(text: &[u8]) -> bool {
    let (mut lower, mut digits, mut consonants) = (0, 0, 0);
    for byte in text {
        lower += usize::from(byte.is_ascii_lowercase());
        digits += usize::from(byte.is_ascii_digit());
        let is_vowel = matches!(byte | 0x20, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
        consonants = match byte.is_ascii_alphabetic() && !is_vowel {
            // A capital begins a word.
            true if byte.is_ascii_uppercase() => 1,
            true => consonants + 1,
            false => 0,
        };
        if consonants == MANY_CONSONANTS {
            return false;
        }
    }
    lower * 10 > text.len() * 6 && digits * 20 < text.len()
}

/// Consonants in a row that words do not have.
const MANY_CONSONANTS: usize = 5;
