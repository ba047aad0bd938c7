//! Private keys of Ethereum: beside their address, and in keystore files.
//!
//! ```text
//! privateKey … 64 hexadecimal digits, and close to them the 40 of the address
//! DEPLOYER_PRIVATE_KEY=0x…                     accounts: ['…']
//! {"crypto": {"cipher": …, "ciphertext": …, "kdf": …, "mac": …}, "address": …, "version": 3}
//! ```
//!
//! Sixty-four digits are a hash as well as a key, so the address must stand beside them:
//! the last 20 bytes of the Keccak-256 of the public point. Or they are written as
//! Ethereum's tools want them: with `0x` directly behind a name of private keys, in the
//! list of accounts of a network, behind such a name in a file that names these tools, or where
//! only such a key can stand ([`evm`]).

use super::{Context, Format, Found, Spec, WALLET, What, evm, structure};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::{Curve, Key, PublicKey, Reject};
use crate::wire::members;
use sha3::{Digest as _, Keccak256};

/// Reader of Ethereum keys.
pub(super) struct Ethereum;

const CIPHERTEXT: &[u8] = b"\"ciphertext\"";
/// Bytes of a keystore's inner object at most.
const MAX_OBJECT: usize = 4096;
/// Bytes of an encrypted key.
const CIPHERTEXTS: std::ops::RangeInclusive<usize> = 16..=64;
/// Words of files for Ethereum's tools, in small letters.
const TOOLS: &[&[u8]] = &[
    b"hardhat",
    b"ethers",
    b"web3",
    b"infura",
    b"alchemy",
    b"sepolia",
    b"goerli",
    b"mainnet",
    b"etherscan",
    b"solidity",
    b"rpc_url",
    b"rpcurl",
];
/// Words of files in which keys look like those of Ethereum and are of another curve.
const OTHERS: [&[u8]; 9] = [
    b"aptos",
    // Sui, whose addresses are as long as keys.
    b"@mysten",
    b"movecall",
    b"ed25519",
    b"starknet",
    b"p-256",
    b"secp256r1",
    b"prime256v1",
    b"nistp256",
];
/// How far behind its name a key stands.
const REACH: usize = 24;
/// How far from the key its address stands.
const AROUND: usize = 512;

static SPEC: Spec = Spec {
    id: "ethereum",
    name: "Ethereum private key or keystore",
    source: "Web3 Secret Storage Definition version 3; Ethereum yellow paper appendix F",
    about: "Accounts of deployers and services: `.env` files, Hardhat and Foundry configuration, geth keystores.",
    triggers: &[
        Trigger::plain(CIPHERTEXT),
        Trigger::plain(b"privateKey"),
        Trigger::plain(b"private_key"),
        Trigger::plain(b"PRIVATE_KEY"),
        // Of `evm`.
        Trigger::plain(b"accounts: ["),
        Trigger::plain(b"HexToECDSA("),
        Trigger::plain(b"w Wallet("),
        Trigger::plain(b"ethers.Wallet("),
        Trigger::plain(b"unt.from_key("),
        // Minified; the name alone is too frequent.
        Trigger::plain(b"accounts:['0x"),
        Trigger::plain(b"accounts:[\"0x"),
        Trigger::plain(b"startBroadcast("),
        Trigger::plain(b"HDWalletProvider("),
        Trigger::plain(b"LocalWallet"),
        Trigger::plain(b"PrivateKeySigner"),
        Trigger::plain(b"PrivateKey = 0x"),
        Trigger::plain(b"Credentials.create("),
        Trigger::plain(b"--private-key"),
        Trigger::plain(b"secretKey\""),
        Trigger::plain(b"nodekeyhex"),
        Trigger::plain(b"DEPLOYER_KEY"),
        Trigger::plain(b"DEPLOYER_PK"),
        Trigger::plain(b"RELAYER_KEY"),
        Trigger::plain(b"RELAYER_PK"),
        Trigger::plain(b"OWNER_PK"),
        Trigger::plain(b"ADMIN_PK"),
        Trigger::plain(b"SIGNER_PK"),
    ],
};

impl Format for Ethereum {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Option<&'static str> {
        Some(WALLET)
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.ok_or(Reject::NotThisFormat)?;
        let bytes = candidate.bytes;
        let rest = bytes.get(at..).unwrap_or_default();
        let before = found.len();
        if rest.starts_with(CIPHERTEXT) {
            found.extend(keystore(bytes, at, context));
        } else {
            found.extend(handed(bytes, at));
            if found.len() == before {
                found.extend(beside_address(bytes, at));
            }
        }
        match found.len() > before {
            true => Ok(()),
            false => Err(Reject::NotThisFormat),
        }
    }
}

/// Reads the `crypto` object of a keystore.
fn keystore(bytes: &[u8], at: usize, context: &mut Context) -> Option<Found> {
    let start = context.object_around(bytes, at, MAX_OBJECT)?;
    let (list, span) = context.object(bytes, start, MAX_OBJECT);
    let value = |name: &[u8]| members::value(&list, name);
    let known = matches!(value(b"kdf")?, b"scrypt" | b"pbkdf2");
    let (text, mac) = (value(b"ciphertext")?, value(b"mac")?);
    if !known || !value(b"cipher")?.starts_with(b"aes-") {
        return None;
    }
    // CBC of the first version of the file pads the key to 48 bytes.
    let encrypted = super::hex_bytes(text).filter(|bytes| CIPHERTEXTS.contains(&bytes.len()));
    let mac = super::hex_bytes(mac).filter(|bytes| bytes.len() == 32);
    Some(match (encrypted, mac) {
        (Some(encrypted), Some(_)) => Found::opaque(span, &encrypted),
        _ => Found::new(span, What::Malformed(Reject::BadLength)),
    })
}

/// Whether nothing but the rest of a name, one separator or operator, quotes and `0x` stand between
/// a name and its key.
fn is_directly_behind(before: &[u8]) -> bool {
    let before = before.strip_suffix(b"0x").unwrap_or(before);
    let name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let end = before.iter().position(|b| !name(b)).unwrap_or(before.len());
    let rest = before.get(end..).unwrap_or_default();
    // What stands behind a lookup in the environment: `?? '0x…'`, `|| "0x…"`, `, "0x…")`, `:-0x…`.
    rest.iter().all(|b| b" \t\"'`=:?|,)]-".contains(b))
        && rest.iter().filter(|b| b"=:,".contains(b)).count() <= 1
}

/// Returns the text around a place.
fn around(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let to = at.saturating_add(AROUND).min(bytes.len());
    bytes.get(at.saturating_sub(AROUND)..to)
}

/// Whether what stands around a number says that it belongs to another curve: Aptos writes seeds
/// alike, and their public keys beside them (`.aptos/config.yaml`).
fn is_of_another_curve(near: &[u8], number: &[u8]) -> bool {
    let words = near.to_ascii_lowercase();
    let has = |word: &&[u8]| memchr::memmem::find(&words, word).is_some();
    OTHERS.iter().any(has)
        || structure::has_ed25519_public(near, number)
        || names_another_point(&words, number)
}

/// Whether a public point stands in a text of small letters, and is not that of a number on
/// secp256k1.
fn names_another_point(text: &[u8], number: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    let digits = text.split(|b| !b.is_ascii_hexdigit());
    // `04`, x and y, or these two as numbers of their own.
    let is_point = digits.map(<[u8]>::len).any(|len| matches!(len, 128 | 130))
        || (has(b"public_x") && has(b"public_y"))
        || (has(b"\"x\"") && has(b"\"y\""));
    if !is_point {
        return false;
    }
    let key = structure::ec_key(Some(Curve::Secp256k1), number, None);
    let Ok(PublicKey::Ec { x, .. }) = key.check() else {
        return false;
    };
    !has(crate::wire::hex::encode(&x).as_bytes())
}

/// Reads the keys that are handed to a library or command of Ethereum.
fn handed(bytes: &[u8], at: usize) -> Vec<Found> {
    let read = |span: Span| {
        let number = super::hex_bytes(bytes.get(span.clone())?)?;
        let key = structure::ec_key(Some(Curve::Secp256k1), &number, None);
        let is_key = structure::is_varied(&number) && key.check().is_ok();
        (is_key && !is_of_another_curve(around(bytes, at)?, &number))
            .then(|| Found::key(span, Key::Ec(key)))
    };
    let spans = evm::digits(bytes, at).into_iter();
    spans.filter_map(read).collect()
}

/// Reads a key whose address stands close to it.
fn beside_address(bytes: &[u8], at: usize) -> Option<Found> {
    let rest = bytes.get(at..at.saturating_add(REACH + 80).min(bytes.len()))?;
    let is_hex = |b: &&u8| b.is_ascii_hexdigit();
    let start = (10..REACH + 10).find(|&i| {
        let run = rest.get(i..).unwrap_or_default();
        let before = rest
            .get(i - 1)
            .is_some_and(|b| !b.is_ascii_alphanumeric() || *b == b'x');
        before && run.iter().take_while(is_hex).count() == 64
    })?;
    let digits = rest.get(start..start + 64)?;
    let number = super::hex_bytes(digits)?;
    let key = structure::ec_key(Some(Curve::Secp256k1), &number, None);
    let Ok(PublicKey::Ec { x, y, .. }) = key.check() else {
        return None;
    };
    let hash = Keccak256::digest([x, y].concat());
    let address = crate::wire::hex::encode(hash.get(12..)?);
    let near = around(bytes, at)?;
    let words = near.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&words, word).is_some();
    if !has(address.as_bytes()) {
        let before = rest.get(..start)?;
        let is_written = before.ends_with(b"0x") || TOOLS.iter().any(|t| has(t));
        if !is_written || !is_directly_behind(before) || !structure::is_varied(&number) {
            return None;
        }
        if is_of_another_curve(near, &number) {
            return None;
        }
    }
    let start = at + start;
    Some(Found::key(start..start + 64, Key::Ec(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_directly_behind_its_name() {
        for yes in [
            "PRIVATE_KEY=0x",
            "PRIVATE_KEY ?? \"0x",
            "PRIVATE_KEY || '0x",
            "PRIVATE_KEY\", \"0x",
            "PRIVATE_KEY'] || '0x",
            "PRIVATE_KEY:-0x",
        ] {
            assert!(is_directly_behind(yes.as_bytes()), "{yes}");
        }
        for no in [
            "PRIVATE_KEY = hash(0x",
            "PRIVATE_KEY, 1, 0x",
            "privateKey of a: 0x",
        ] {
            assert!(!is_directly_behind(no.as_bytes()), "{no}");
        }
    }
}
