//! Private keys of Ethereum, as its libraries and commands are handed them.
//!
//! ```text
//! crypto.HexToECDSA("…")       privateKeyToAccount('0x…')     new Wallet("0x…")      a call
//! cast send --private-key 0x…                                                        an option
//! OWNER_PK=0x…    nodekeyhex = "…"                                  a setting
//! accounts: ['0x…', '0x…']      privateKeys: ["…"]                  a list
//! "…".parse::<LocalWallet>()                                        a statement
//! const PRIVATE_KEY: Hex = "0x…"                                                     a constant with its type
//! ```
//!
//! Sixty-four digits are a hash as well as a key: these names and calls take nothing but a
//! number on secp256k1. What others use as well needs words of Ethereum's tools around it.

use crate::blob::Span;

/// Digits of a key.
pub(super) const DIGITS: usize = 64;
/// How far behind a name or call the digits begin.
const REACH: usize = 48;
/// How far around a name that others use as well words of these tools stand.
const AROUND: usize = 512;
/// How far from the name of a type the text stands that is read as such.
const STATEMENT: usize = 160;
/// How long a list of keys may be, and how many it may have.
const LIST: usize = 4096;
const MAX_KEYS: usize = 32;

/// What stands between a name and its digits.
#[derive(Clone, Copy, PartialEq)]
enum Between {
    /// Quotes alone: the parenthesis is part of the name.
    Argument,
    /// A blank or `=`.
    Option,
    /// `=` or `:`.
    Setting,
    /// `:`, a type and `=`.
    Typed,
    /// `:` or `=`, and a list.
    List,
    /// Anything of one statement, before the name or behind it.
    Statement,
}

/// A name or call.
struct Name {
    text: &'static [u8],
    between: Between,
    /// Whether `0x` must stand before the digits.
    marked: bool,
    /// Of these words one stands around it, in small letters; none: no word is needed.
    beside: &'static [&'static [u8]],
}

const fn call(text: &'static [u8], marked: bool) -> Name {
    Name {
        text,
        between: Between::Argument,
        marked,
        beside: &[],
    }
}

const fn setting(text: &'static [u8], marked: bool) -> Name {
    Name {
        text,
        between: Between::Setting,
        marked,
        beside: &[],
    }
}

/// A type that is read of text.
const fn read_as(text: &'static [u8]) -> Name {
    Name {
        text,
        between: Between::Statement,
        marked: false,
        beside: &[],
    }
}

/// A list of keys, between brackets.
const fn list(text: &'static [u8], beside: &'static [&'static [u8]]) -> Name {
    Name {
        text,
        between: Between::List,
        marked: false,
        beside,
    }
}

/// Words of Ethereum's tools in JavaScript.
const TOOLS: &[&[u8]] = &[
    b"ethers",
    b"viem",
    b"web3",
    b"alloy",
    b"hardhat",
    b"foundry",
    b"anvil",
    b"ethereum",
    b"infura",
];

/// A name that those of other chains have, too: the type must say what it is, or words around it.
const fn typed(text: &'static [u8]) -> Name {
    Name {
        text,
        between: Between::Typed,
        marked: true,
        beside: TOOLS,
    }
}

/// Types of hexadecimal text in TypeScript.
const HEX_TYPES: &[&[u8]] = &[b"Hex", b"0x${"];

/// Every name and call.
const NAMES: &[Name] = &[
    call(b"HexToECDSA(", false),
    call(b"privateKeyToAccount(", false),
    call(b"privateKeyToAddress(", false),
    call(b"w Wallet(", true),
    call(b"ethers.Wallet(", true),
    call(b"unt.from_key(", true),
    call(b"startBroadcast(", true),
    call(b"Credentials.create(", false),
    call(b"HDWalletProvider(", false),
    read_as(b"LocalWallet"),
    read_as(b"PrivateKeySigner"),
    list(b"accounts", &[]),
    list(b"privateKeys", TOOLS),
    // Scripts of Foundry.
    Name {
        text: b"PrivateKey = 0x",
        between: Between::Argument,
        marked: false,
        beside: &[b"uint256 ", b"startbroadcast"],
    },
    // Aptos has this option as well.
    Name {
        text: b"--private-key",
        between: Between::Option,
        marked: false,
        beside: &[
            b"cast ",
            b"forge ",
            b"rpc-url",
            b"rpc_url",
            b"anvil",
            b"hardhat",
            b"ethereum",
            b"chain-id",
            b"json-rpc",
            b"jsonrpc",
            b"rootchain",
            b"erc20",
            b"polygon",
        ],
    },
    // Transactions to be signed, in the tests of clients.
    Name {
        text: b"secretKey\"",
        between: Between::Setting,
        marked: true,
        beside: &[b"\"to\"", b"\"gas", b"\"chainid\""],
    },
    typed(b"PRIVATE_KEY"),
    typed(b"privateKey"),
    setting(b"nodekeyhex", false),
    setting(b"DEPLOYER_KEY", true),
    setting(b"DEPLOYER_PK", true),
    setting(b"RELAYER_KEY", true),
    setting(b"RELAYER_PK", true),
    setting(b"OWNER_PK", true),
    setting(b"ADMIN_PK", true),
    setting(b"SIGNER_PK", true),
];

/// Returns where the digits stand that are handed over at the name or call at a place.
pub(super) fn digits(bytes: &[u8], at: usize) -> Vec<Span> {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(name) = NAMES.iter().find(|name| rest.starts_with(name.text)) else {
        return Vec::new();
    };
    let one = |span: Option<Span>| span.into_iter().collect();
    match name.between {
        Between::List if name.beside.is_empty() || has_beside(bytes, at, name) => {
            listed(bytes, at + name.text.len())
        }
        Between::List => Vec::new(),
        Between::Statement => one(of_statement(bytes, at, name.text.len())),
        _ => one(behind(bytes, at, name)),
    }
}

/// Returns the keys of a list that begins behind the rest of a name.
fn listed(bytes: &[u8], at: usize) -> Vec<Span> {
    let to = at.saturating_add(LIST).min(bytes.len());
    let text = bytes.get(at..to).unwrap_or_default();
    let opened = text.iter().position(|b| !b" \t\r\n\"':=".contains(b));
    let Some(start) = opened.filter(|&n| text.get(n) == Some(&b'[')) else {
        return Vec::new();
    };
    let end = memchr::memchr(b']', text).unwrap_or(text.len());
    let text = text.get(..end).unwrap_or_default();
    // Names before them say that it may be a list of other things as well.
    let first = text.get(start + 1..).unwrap_or_default().trim_ascii_start();
    let is_plain = first.first().is_some_and(|b| b"\"'`".contains(b));
    let is_marked = |span: &Span| text.get(..span.start).is_some_and(|b| b.ends_with(b"0x"));
    quoted(text, start)
        .filter(|span| is_plain || is_marked(span))
        .take(MAX_KEYS)
        .map(|span| at + span.start..at + span.end)
        .collect()
}

/// Returns the one key that stands in the statement of a name.
fn of_statement(bytes: &[u8], at: usize, len: usize) -> Option<Span> {
    let from = at.saturating_sub(STATEMENT);
    let to = (at + len).saturating_add(STATEMENT).min(bytes.len());
    let before = bytes.get(from..at)?;
    let from = from + memchr::memrchr2(b';', b'{', before).map_or(0, |n| n + 1);
    let to = memchr::memchr(b';', bytes.get(at..to)?).map_or(to, |n| at + n);
    let mut texts = quoted(bytes.get(from..to)?, 0);
    let span = texts.next()?;
    (texts.next().is_none()).then_some(from + span.start..from + span.end)
}

/// Returns the digits between quotes from a place on: with `0x` before them or without.
fn quoted(text: &[u8], from: usize) -> impl Iterator<Item = Span> {
    let quotes = memchr::memchr3_iter(b'"', b'\'', b'`', text.get(from..).unwrap_or_default());
    quotes.filter_map(move |open| {
        let open = from + open;
        let rest = text.get(open + 1..)?;
        let start = open + 1 + if rest.starts_with(b"0x") { 2 } else { 0 };
        let digits = text.get(start..start + DIGITS)?;
        let is_closed = text.get(start + DIGITS) == text.get(open);
        (is_closed && digits.iter().all(u8::is_ascii_hexdigit)).then_some(start..start + DIGITS)
    })
}

/// Returns where the digits stand that are handed over behind a name.
fn behind(bytes: &[u8], at: usize, name: &Name) -> Option<Span> {
    let rest = bytes.get(at..)?;
    let behind = rest.get(name.text.len()..)?;
    let near = behind.get(..REACH.min(behind.len()))?;
    let mut is_told = name.beside.is_empty();
    let start = match name.between {
        Between::Argument => [&b"uint256("[..], b"["]
            .iter()
            .find(|open| near.starts_with(open))
            .map_or(0, |open| open.len()),
        Between::List | Between::Statement => return None,
        Between::Option => near
            .iter()
            .position(|b| !b" =".contains(b))
            .filter(|n| *n > 0)?,
        Between::Typed => {
            let start = behind_type(near)?;
            let before = near.get(..start)?;
            let mut types = HEX_TYPES.iter();
            is_told = types.any(|name| memchr::memmem::find(before, name).is_some());
            start
        }
        Between::Setting => {
            let closed = usize::from(near.first().is_some_and(|b| b"\"'".contains(b)));
            let value = near.get(closed..)?;
            closed + value.iter().position(|b| !b" \t=:".contains(b))?
        }
    };
    let start = start + blanks(near.get(start..)?);
    let quote = near.get(start).filter(|b| b"\"'`".contains(b));
    let start = start + usize::from(quote.is_some());
    let is_marked = near.get(start..)?.starts_with(b"0x");
    if name.marked && !is_marked {
        return None;
    }
    let start = start + if is_marked { 2 } else { 0 };
    let run = behind.get(start..)?;
    let len = run
        .iter()
        .take(DIGITS + 1)
        .take_while(|b| b.is_ascii_hexdigit())
        .count();
    let next = run.get(len);
    let is_whole = match quote {
        Some(quote) => next == Some(quote),
        None => next.is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_'),
    };
    if len != DIGITS || !is_whole || !(is_told || has_beside(bytes, at, name)) {
        return None;
    }
    let start = at + name.text.len() + start;
    Some(start..start + DIGITS)
}

/// Returns how many blanks and line breaks a text begins with.
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// Returns where the value begins behind the rest of a name, its type and `=`: `: Hex = `,
/// `` : `0x${string}` = ``. A name without a type is a matter of others.
fn behind_type(text: &[u8]) -> Option<usize> {
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let end = text.iter().position(|b| !word(b))?;
    let colon = end + blanks(text.get(end..)?);
    if text.get(colon) != Some(&b':') {
        return None;
    }
    let of_type = |b: &u8| word(b) || b" `${}&'<>.".contains(b);
    let typed = text.get(colon + 1..)?;
    let equals = typed.iter().position(|b| !of_type(b))?;
    let has_type = typed.get(..equals)?.iter().any(u8::is_ascii_alphabetic);
    (has_type && typed.get(equals) == Some(&b'=')).then_some(colon + 1 + equals + 1)
}

/// Whether a word stands around a name that says whose it is.
fn has_beside(bytes: &[u8], at: usize, name: &Name) -> bool {
    let from = at.saturating_sub(AROUND);
    let to = at.saturating_add(AROUND).min(bytes.len());
    let around = bytes.get(from..to).unwrap_or_default().to_ascii_lowercase();
    let mut words = name.beside.iter();
    words.any(|word| memchr::memmem::find(&around, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> usize {
        let text = text.replace("KEY64", &"7a".repeat(32));
        let mut found: Vec<Span> = NAMES
            .iter()
            .filter_map(|n| memchr::memmem::find(text.as_bytes(), n.text))
            .flat_map(|at| digits(text.as_bytes(), at))
            .collect();
        found.sort_by_key(|span| span.start);
        found.dedup();
        for span in &found {
            assert_eq!(&text[span.clone()], "7a".repeat(32), "{text}");
        }
        found.len()
    }

    #[test]
    fn names_and_calls_hand_over_a_key() {
        for text in [
            "crypto.HexToECDSA(\"KEY64\")",
            "privateKeyToAccount('0xKEY64')",
            "new ethers.Wallet(`0xKEY64`, provider)",
            "w3.eth.account.from_key(\"0xKEY64\")",
            "vm.startBroadcast(0xKEY64);",
            "vm.startBroadcast(uint256(0xKEY64));",
            "uint256 deployerPrivateKey = 0xKEY64;",
            "new HDWalletProvider('KEY64', url)",
            "new HDWalletProvider([\"KEY64\"], url)",
            "let wallet = \"KEY64\"\n    .parse::<LocalWallet>()?;",
            "let signer: PrivateKeySigner = \"0xKEY64\".parse()?;",
            "let w = LocalWallet::from_str(\"KEY64\").unwrap();",
            "Credentials.create(\n    \"0xKEY64\")",
            "accounts:['0xKEY64']",
            "cast send --private-key 0xKEY64 0xdead",
            "forge create --private-key=KEY64 A",
            "{\"to\":\"0x1\",\"secretKey\" : \"0xKEY64\"}",
            "export const PRIVATE_KEY: Hex = \"0xKEY64\";",
            "use alloy::signers;\nconst PRIVATE_KEY: &str = \"0xKEY64\";",
            "const privateKey: `0x${string}` = '0xKEY64'",
            "nodekeyhex = \"KEY64\"",
            "OWNER_PK=0xKEY64\n",
            "DEPLOYER_KEY=\"0xKEY64\"",
        ] {
            assert_eq!(read(text), 1, "{text}");
        }
    }

    #[test]
    fn a_list_hands_over_each_of_its_keys() {
        for text in [
            "accounts: [\n  // of the deployer\n  '0xKEY64',\n  \"0xKEY64\", 'KEY64'\n]",
            "import ethers;\nprivateKeys = [\"KEY64\", process.env.KEY, '0xKEY64']",
        ] {
            assert_eq!(read(text), 2, "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_left_alone() {
        for text in [
            "crypto.HexToECDSA(key)",
            "accounts: [\"KEY64ab\"]",
            "accounts: 2, hash: \"KEY64\"",
            "privateKeys: [\"KEY64\"]",
            "testPrivateKey = 0xKEY64",
            "let a = \"KEY64\"; let w: LocalWallet = b;",
            "let w = LocalWallet::of(\"KEY64\", \"KEY64\");",
            "crypto.HexToECDSA(\"KEY64ab\")",
            "new Wallet(\"KEY64\")",
            "aptos init --private-key 0xKEY64",
            "--private-keyKEY64 cast ",
            "{\"secretKey\": \"0xKEY64\"}",
            "OWNER_PK=KEY64",
            "const PRIVATE_KEY: Hex = hash(\"0xKEY64\")",
            "use aptos_sdk::A;\nconst PRIVATE_KEY: &str = \"0xKEY64\";",
            "PRIVATE_KEY: a b, c = \"0xKEY64\"",
            "startBroadcast(0xKEY64_0)",
            "DEPLOYER_KEY=\"0xKEY64'",
        ] {
            assert_eq!(read(text), 0, "{text}");
        }
    }
}
