//! The commands by which each system answers the challenge.
//!
//! Only an entry's own names go into a command, and they come from exports, so
//! each is quoted for a POSIX shell: a key named `$(reboot)` is a name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::{Entry, Holding, IdClass};
use crate::key::{CHALLENGE, Secret};
use crate::wire::hex;
use crate::wire::shell::quoted;

/// Systems that can answer, as `--system` names them, with commands whose words
/// in capitals are to be replaced.
pub static SYSTEMS: &[(&str, &str)] = &[
    (
        "aws",
        "aws kms generate-mac --key-id ID --mac-algorithm HMAC_SHA_256 --message fileb://M --output json > generate-mac-ID.json",
    ),
    (
        "gcp",
        "gcloud kms mac-sign --version VERSION --key KEY --keyring RING --location PLACE --input-file M --signature-file answer
jq -n --arg name projects/PROJECT/locations/PLACE/keyRings/RING/cryptoKeys/KEY/cryptoKeyVersions/VERSION \\
  --arg mac \"$(base64 -w0 answer)\" '{name: $name, mac: $mac}' > mac-KEY-VERSION.json",
    ),
    (
        "vault",
        "vault read -format=json transit/keys/NAME > transit-NAME.json
vault write -format=json transit/hmac/NAME/sha2-256 input=M_BASE64 key_version=VERSION > hmac-NAME-VERSION-sha2-256.json",
    ),
    (
        "pkcs11",
        "pkcs11-tool --module MODULE --login --token-label TOKEN --list-objects > objects.txt
pkcs11-tool --module MODULE --login --token-label TOKEN --sign --mechanism SHA256-HMAC --id ID --input-file M --output-file answer
jq -n --arg id ID --arg label LABEL --arg mac \"$(base64 -w0 answer)\" \\
  '{straykey_answer: {system: \"pkcs11\", id: $id, label: $label, algorithm: \"HMAC-SHA256\", mac: $mac}}' > answer-ID.json",
    ),
    (
        "other",
        "jq -n --arg mac \"$(base64 -w0 answer)\" \\
  '{straykey_answer: {source: \"SYSTEM:NAME\", version: \"1\", name: \"NAME\", algorithm: \"HMAC-SHA256\", mac: $mac}}' > answer-NAME.json",
    ),
];

/// Returns the challenge in base64.
#[must_use]
pub fn base64() -> String {
    STANDARD.encode(CHALLENGE)
}

/// Returns the challenge in hexadecimal.
#[must_use]
pub fn hex() -> String {
    hex::encode(&CHALLENGE)
}

/// Returns the commands of one system, with the challenge filled in.
#[must_use]
pub fn of_system(commands: &str) -> String {
    commands.replace("M_BASE64", &base64())
}

/// Whether an entry is a symmetric key that nothing can be found by.
#[must_use]
pub fn is_unanswered(entry: &Entry) -> bool {
    let mut answered = false;
    entry
        .ids
        .for_each(|kind, _| answered |= kind.class() == IdClass::Secret);
    entry.kind == "hmac" && !answered
}

/// Returns the commands by which the systems that hold an entry answer.
#[must_use]
pub fn of_entry(entry: &Entry) -> Vec<String> {
    let held = entry
        .holdings
        .iter()
        .filter(|holding| !holding.is_retired());
    held.filter_map(|holding| of_holding(entry, holding))
        .collect()
}

fn of_holding(entry: &Entry, holding: &Holding) -> Option<String> {
    let (system, name) = holding.source.split_once(':')?;
    let version = holding.version.as_deref().unwrap_or("1");
    // An answer by the hash that the key is made for, else by SHA-256.
    let told = |digits: &str| entry.alg.iter().any(|alg| alg.ends_with(digits));
    let digest = ["224", "384", "512"]
        .into_iter()
        .find(|digits| told(digits))
        .unwrap_or("256");
    Some(match system {
        "arn" | "aws" => {
            let key = holding
                .source
                .strip_prefix("aws:")
                .unwrap_or(&holding.source);
            let id = key.rsplit_once('/').map_or(key, |(_, id)| id);
            format!(
                "aws kms generate-mac --key-id {} --mac-algorithm HMAC_SHA_{digest} --message fileb://M --output json > {}",
                quoted(key),
                quoted(&format!("generate-mac-{}.json", file(id)))
            )
        }
        "gcp" => {
            let parts: Vec<&str> = name.split('/').collect();
            let [
                "projects",
                project,
                "locations",
                place,
                "keyRings",
                ring,
                "cryptoKeys",
                key,
            ] = parts[..]
            else {
                return None;
            };
            let full = format!("{name}/cryptoKeyVersions/{version}");
            format!(
                "gcloud kms mac-sign --project {} --location {} --keyring {} --key {} --version {} --input-file M --signature-file answer\n\
                 jq -n --arg name {} --arg mac \"$(base64 -w0 answer)\" '{{name: $name, mac: $mac}}' > {}",
                quoted(project),
                quoted(place),
                quoted(ring),
                quoted(key),
                quoted(version),
                quoted(&full),
                quoted(&format!("mac-{}-{}.json", file(key), file(version)))
            )
        }
        "vault" => {
            let (mount, key) = name.rsplit_once('/')?;
            format!(
                "vault write -format=json {} input={} key_version={} > {}",
                quoted(&format!("{mount}/hmac/{key}/sha2-{digest}")),
                base64(),
                quoted(version),
                quoted(&format!(
                    "hmac-{}-{}-sha2-{digest}.json",
                    file(key),
                    file(version)
                ))
            )
        }
        "pkcs11" => {
            let label = name.rsplit_once('/').map_or(name, |(_, label)| label);
            format!(
                "pkcs11-tool --module MODULE --login --token-label TOKEN --sign --mechanism SHA{digest}-HMAC --label {} --input-file M --output-file answer\n\
                 jq -n --arg label {} --arg mac \"$(base64 -w0 answer)\" '{{straykey_answer: {{system: \"pkcs11\", label: $label, algorithm: \"HMAC-SHA{digest}\", mac: $mac}}}}' > {}",
                quoted(label),
                quoted(label),
                quoted(&format!("answer-{}.json", file(label)))
            )
        }
        _ => return None,
    })
}

/// Makes a name of a file of a key's name.
fn file(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect()
}

/// Returns the published test vectors: the key 00 01 … 1f, then the name and the
/// answer by each algorithm, computed here.
#[must_use]
pub fn vectors() -> Vec<(&'static str, String)> {
    let key = Secret::new(zeroize::Zeroizing::new((0..32).collect()));
    let of = |mac: crate::key::ChallengeMac| (mac.id_name(), hex::encode(&key.challenge(mac)));
    let macs = crate::key::ChallengeMac::ALL.into_iter();
    macs.filter(|mac| *mac != crate::key::ChallengeMac::Sha256Raw)
        .map(of)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(source: &str, version: Option<&str>, alg: &str) -> Entry {
        Entry {
            kind: "hmac".to_owned(),
            alg: vec![alg.to_owned()],
            holdings: vec![Holding {
                source: source.to_owned(),
                version: version.map(str::to_owned),
                ..Holding::default()
            }],
            ..Entry::default()
        }
    }

    #[test]
    fn commands_name_the_key_the_version_and_the_hash() {
        let ring = "gcp:projects/p/locations/eu/keyRings/r/cryptoKeys/k";
        for (entry, parts) in [
            (
                entry("aws:arn:aws:kms:eu-west-1:1:key/6f1c", None, "HMAC_SHA_384"),
                &[
                    "--key-id arn:aws:kms:eu-west-1:1:key/6f1c",
                    "HMAC_SHA_384",
                    "generate-mac-6f1c.json",
                ][..],
            ),
            (
                entry(ring, Some("2"), "HMAC_SHA256"),
                &["--key k", "--version 2", "cryptoKeys/k/cryptoKeyVersions/2"],
            ),
            (
                entry("vault:transit/hook", Some("3"), "hmac"),
                &[
                    "transit/hmac/hook/sha2-256",
                    "key_version=3",
                    "input=Owg0Vm9OkDvt6WvhN1GHLLzvDw3klWEayfm5tFcz/Is=",
                ],
            ),
            (
                entry("pkcs11:objects.txt/hook", None, ""),
                &["--label hook", "SHA256-HMAC"],
            ),
        ] {
            let commands = of_entry(&entry).concat();
            for part in parts {
                assert!(commands.contains(part), "{part} is not in {commands}");
            }
        }
        assert_eq!(of_entry(&entry("plain:x", None, "")), [""; 0]);
    }

    #[test]
    fn names_stay_names_in_a_shell() {
        let hostile = entry("vault:transit/x'; rm -rf $(pwd) #", None, "hmac");
        let [command] = &of_entry(&hostile)[..] else {
            panic!()
        };
        assert!(
            command.contains(r"'transit/hmac/x'\''; rm -rf $(pwd) #/sha2-256'"),
            "{command}"
        );
        assert_eq!(quoted("-x"), "'-x'");
    }
}
