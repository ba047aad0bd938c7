//! AWS KMS and EC2 key pairs, as `aws … --output json` prints them.
//!
//! ```text
//! get-public-key      {KeyId: ARN, PublicKey: base64 of the SPKI, KeySpec, KeyUsage, SigningAlgorithms}
//! describe-key        {KeyMetadata: {KeyId, Arn, KeyState, Origin, KeySpec, CreationDate, ValidTo, …}}
//! list-keys           {Keys: [{KeyId, KeyArn}]}
//! list-aliases        {Aliases: [{AliasName, AliasArn, TargetKeyId}]}
//! list-resource-tags  {Tags: [{TagKey, TagValue}]}          the key is told by the file's name only
//! list-key-rotations  {Rotations: [{KeyId, RotationDate}]}
//! generate-mac        {KeyId: ARN, Mac: base64, MacAlgorithm}, with `Message` where a script adds it
//! describe-key-pairs  {KeyPairs: [{KeyName, KeyPairId, KeyType, PublicKey: OpenSSH line, KeyFingerprint, Tags}]}
//! ```

use serde_json::{Map, Value};

use super::fields::{labels, object, objects, text, texts, time};
use super::{Document, Draft, Fact, Importer, public};
use crate::identity::{spki, ssh};
use crate::inventory::{Entry, EntryIds, Holding, IdKind};
use crate::key::CHALLENGE;
use crate::wire::hex;

/// AWS KMS.
pub(super) struct Aws;

impl Importer for Aws {
    fn id(&self) -> &'static str {
        "aws-kms"
    }

    fn about(&self) -> &'static str {
        "AWS KMS: get-public-key, describe-key, list-keys, list-aliases, list-resource-tags, \
         list-key-rotations, generate-mac"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.object().is_some_and(|fields| {
            let lists = |list: &str, item: &str| {
                fields
                    .get(list)
                    .and_then(Value::as_array)
                    .is_some_and(|items| {
                        items.first().is_some_and(|first| first.get(item).is_some())
                    })
            };
            fields.contains_key("KeyMetadata")
                || (fields.contains_key("KeyId")
                    && (fields.contains_key("PublicKey") || fields.contains_key("Mac")))
                || lists("Keys", "KeyArn")
                || lists("Aliases", "AliasName")
                || lists("Tags", "TagKey")
                || lists("Rotations", "RotationDate")
                || is_empty_answer(fields)
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(fields) = document.object() else {
            return;
        };
        if let Some(metadata) = object(fields, "KeyMetadata") {
            describe_key(document, metadata, draft);
        } else if fields.contains_key("Mac") {
            generate_mac(document, fields, draft);
        } else if fields.contains_key("PublicKey") {
            get_public_key(document, fields, draft);
        }
        if is_empty_answer(fields) {
            draft.tells_nothing();
        }
        for (at, key) in objects(fields, "Keys") {
            match (text(key, "KeyId"), text(key, "KeyArn")) {
                (_, Some(arn)) => draft.fact(fact(arn, Entry::default(), Holding::default())),
                _ => draft.error(&format!("Keys[{at}]"), "KeyArn", "missing"),
            }
        }
        for (at, alias) in objects(fields, "Aliases") {
            list_alias(at, alias, draft);
        }
        if let Some(tags) = fields.get("Tags").and_then(Value::as_array) {
            list_tags(document, tags, draft);
        }
        for (at, rotation) in objects(fields, "Rotations") {
            let holding = Holding {
                rotated: time(rotation, "RotationDate"),
                ..Holding::default()
            };
            match text(rotation, "KeyId") {
                Some(key) => draft.fact(fact(key, Entry::default(), holding)),
                None => draft.error(&format!("Rotations[{at}]"), "KeyId", "missing"),
            }
        }
    }
}

/// Whether it is a list without items: keys without tags or rotations are common.
fn is_empty_answer(fields: &Map<String, Value>) -> bool {
    let is_empty = |list: &str| {
        fields
            .get(list)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
    };
    let paged = ["Keys", "Aliases", "Tags", "Rotations"];
    (fields.contains_key("Truncated") && paged.into_iter().any(is_empty))
        || (fields.len() == 1 && is_empty("Rotations"))
}

/// Makes the fact about a key, given by its ARN or bare id.
fn fact(key: &str, mut entry: Entry, mut holding: Holding) -> Fact {
    let id = key.rsplit_once(":key/").map_or(key, |(_, id)| id);
    let mut handles = vec![format!("aws:{key}")];
    // The replicas of a multi-region key have one id, and different holdings.
    if id != key {
        handles.push(format!("aws:{id}"));
        key.clone_into(&mut holding.source);
        entry.ids.kid = vec![id.to_owned(), key.to_owned()];
    } else {
        entry.ids.kid = vec![id.to_owned()];
    }
    let rank = if entry.name.is_empty() {
        id.clone_into(&mut entry.name);
        6
    } else {
        1
    };
    entry.holdings = vec![holding];
    Fact {
        handles,
        rank,
        entry,
        ..Fact::default()
    }
}

/// Adds what the file's name says after the command: `describe-key-NAME.json`.
fn with_file(document: &Document<'_>, fact: Fact) -> Fact {
    Fact {
        likely: likely(document),
        ..fact
    }
}

fn likely(document: &Document<'_>) -> Vec<String> {
    const COMMANDS: [&str; 8] = [
        "get-public-key",
        "describe-key",
        "list-resource-tags",
        "resource-tags",
        "tags",
        "list-key-rotations",
        "generate-mac",
        "mac",
    ];
    let stem = document.stem();
    let is_mark = |c: char| !c.is_ascii_alphanumeric();
    COMMANDS
        .iter()
        .filter_map(|command| {
            let rest = stem
                .strip_prefix(command)
                .or_else(|| stem.strip_suffix(command))?;
            let rest = rest.trim_matches(is_mark);
            (!rest.is_empty()).then(|| format!("aws:file:{}/{rest}", document.folder()))
        })
        .take(1)
        .collect()
}

fn get_public_key(document: &Document<'_>, fields: &Map<String, Value>, draft: &mut Draft) {
    let Some(key) = text(fields, "KeyId") else {
        return draft.error("", "KeyId", "missing");
    };
    let Some(encoded) = text(fields, "PublicKey") else {
        return draft.error("", "PublicKey", "not text");
    };
    let Some(der) = public::decode(encoded) else {
        return draft.error("", "PublicKey", "not base64");
    };
    match spki::parse(&der) {
        Ok(public) => {
            let mut entry = public::entry(&public);
            entry.alg = algorithms(fields);
            draft.fact(with_file(document, fact(key, entry, Holding::default())));
        }
        Err(why) => draft.error("", "PublicKey", why.to_string()),
    }
}

fn algorithms(fields: &Map<String, Value>) -> Vec<String> {
    ["SigningAlgorithms", "MacAlgorithms"]
        .iter()
        .flat_map(|name| texts(fields, name))
        .collect()
}

fn describe_key(document: &Document<'_>, fields: &Map<String, Value>, draft: &mut Draft) {
    let Some(key) = text(fields, "Arn").or_else(|| text(fields, "KeyId")) else {
        return draft.error("KeyMetadata", "Arn", "missing");
    };
    let spec = text(fields, "KeySpec").or_else(|| text(fields, "CustomerMasterKeySpec"));
    let (kind, bits) = spec.map_or(("", None), spec_of);
    let state = match text(fields, "KeyState") {
        Some("Enabled" | "Updating") => "active",
        Some("Disabled") => "disabled",
        Some("PendingDeletion" | "PendingReplicaDeletion") => "pending-deletion",
        Some("PendingImport" | "Creating") => "pre-active",
        None if fields.get("Enabled") == Some(&Value::Bool(true)) => "active",
        None if fields.get("Enabled") == Some(&Value::Bool(false)) => "disabled",
        _ => "unknown",
    };
    let origin = match text(fields, "Origin") {
        Some("AWS_KMS" | "AWS_CLOUDHSM") => "kms-generated",
        Some("EXTERNAL") => "imported",
        Some("EXTERNAL_KEY_STORE") => "external",
        _ => "unknown",
    };
    let holding = Holding {
        state: Some(state.to_owned()),
        origin: Some(origin.to_owned()),
        // No interface of AWS KMS gives a private key or a secret out.
        extractable: Some(false),
        created: time(fields, "CreationDate"),
        expires: time(fields, "ValidTo"),
        ..Holding::default()
    };
    let entry = Entry {
        kind: kind.to_owned(),
        bits,
        alg: algorithms(fields),
        ..Entry::default()
    };
    draft.fact(with_file(document, fact(key, entry, holding)));
}

/// Returns kind and bits of a key spec.
fn spec_of(spec: &str) -> (&'static str, Option<u32>) {
    let bits = spec
        .rsplit('_')
        .next()
        .and_then(|digits| digits.parse().ok());
    match spec {
        "SYMMETRIC_DEFAULT" => ("aes", Some(256)),
        "ECC_NIST_EDWARDS25519" => ("okp", Some(256)),
        "ECC_SECG_P256K1" => ("ec", Some(256)),
        "SM2" => ("ec", Some(256)),
        _ if spec.starts_with("RSA_") => ("rsa", bits),
        _ if spec.starts_with("HMAC_") => ("hmac", bits),
        _ if spec.starts_with("ML_DSA") => ("ml-dsa", None),
        _ if spec.starts_with("ECC_NIST_P") => (
            "ec",
            spec.strip_prefix("ECC_NIST_P")
                .and_then(|digits| digits.parse().ok()),
        ),
        _ => ("", None),
    }
}

fn generate_mac(document: &Document<'_>, fields: &Map<String, Value>, draft: &mut Draft) {
    let Some(key) = text(fields, "KeyId") else {
        return draft.error("", "KeyId", "missing");
    };
    if let Some(message) = fields.get("Message")
        && message.as_str().and_then(public::decode).as_deref() != Some(&CHALLENGE)
    {
        return draft.error(
            "",
            "Message",
            "not the challenge: `inventory challenge` prints it",
        );
    }
    let digest = text(fields, "MacAlgorithm").and_then(|name| name.strip_prefix("HMAC_SHA_"));
    let Some(digest) = digest.and_then(|digits| digits.parse().ok()) else {
        return draft.error(
            "",
            "MacAlgorithm",
            "missing, or not HMAC_SHA_224, 256, 384 or 512",
        );
    };
    let Some(mac) = text(fields, "Mac").and_then(public::decode) else {
        return draft.error("", "Mac", "not base64");
    };
    let mut ids = EntryIds::default();
    if let Err(why) = public::answer(&mut ids, digest, &mac) {
        return draft.error("", "Mac", why);
    }
    let (_, bits) = text(fields, "KeySpec").map_or(("", None), spec_of);
    let alg = texts_of(fields, "MacAlgorithm");
    let entry = Entry {
        kind: "hmac".to_owned(),
        bits,
        alg,
        ids,
        ..Entry::default()
    };
    draft.fact(with_file(document, fact(key, entry, Holding::default())));
}

fn texts_of(fields: &Map<String, Value>, name: &str) -> Vec<String> {
    text(fields, name).map(str::to_owned).into_iter().collect()
}

fn list_alias(at: usize, fields: &Map<String, Value>, draft: &mut Draft) {
    let Some(alias) = text(fields, "AliasName") else {
        return draft.error(&format!("Aliases[{at}]"), "AliasName", "missing");
    };
    // Aliases of AWS's own that no key was made for yet have no target.
    let Some(id) = text(fields, "TargetKeyId") else {
        return;
    };
    let arn = text(fields, "AliasArn").and_then(|arn| arn.split_once(":alias/"));
    let arn = arn.map(|(account, _)| format!("{account}:key/{id}"));
    let name = alias.strip_prefix("alias/").unwrap_or(alias).to_owned();
    let mut fact = fact(
        arn.as_deref().unwrap_or(id),
        Entry {
            name,
            ..Entry::default()
        },
        Holding::default(),
    );
    fact.rank = 0;
    fact.entry.ids.kid.push(alias.to_owned());
    draft.fact(fact);
}

fn list_tags(document: &Document<'_>, tags: &[Value], draft: &mut Draft) {
    let pairs = || {
        tags.iter().filter_map(Value::as_object).filter_map(|tag| {
            let name = text(tag, "TagKey").or_else(|| text(tag, "Key"))?;
            Some((name, text(tag, "TagValue").or_else(|| text(tag, "Value"))?))
        })
    };
    let mut holding = Holding::default();
    labels(&mut holding, pairs());
    let mut entry = Entry {
        holdings: vec![holding],
        ..Entry::default()
    };
    let named = pairs().find(|(name, _)| *name == "Name");
    if let Some((_, name)) = named {
        name.clone_into(&mut entry.name);
    }
    let handles = key_id_in(document.path).map(|id| format!("aws:{id}"));
    let rank = if named.is_some() { 2 } else { 8 };
    draft.fact(Fact {
        handles: handles.into_iter().collect(),
        likely: likely(document)
            .into_iter()
            .chain([format!("aws:file:{}", document.path)])
            .collect(),
        rank,
        entry,
        ..Fact::default()
    });
}

/// Returns the key id that stands in a file's name: a UUID, or `mrk-` and 32
/// digits.
fn key_id_in(path: &str) -> Option<&str> {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_uuid = |text: &str| {
        text.len() == 36
            && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
            && text.split('-').all(hex)
    };
    let is_region = |text: &str| {
        text.strip_prefix("mrk-")
            .is_some_and(|id| id.len() == 32 && hex(id))
    };
    (0..path.len()).find_map(|at| {
        path.get(at..at.checked_add(36)?)
            .filter(|id| is_uuid(id) || is_region(id))
    })
}

/// EC2 key pairs.
pub(super) struct Ec2;

impl Importer for Ec2 {
    fn id(&self) -> &'static str {
        "aws-ec2"
    }

    fn about(&self) -> &'static str {
        "EC2 key pairs: describe-key-pairs --include-public-key"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document
            .object()
            .is_some_and(|fields| fields.get("KeyPairs").is_some_and(Value::is_array))
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(fields) = document.object() else {
            return;
        };
        for (at, pair) in objects(fields, "KeyPairs") {
            let record = format!("KeyPairs[{at}]");
            let mut entry = match (text(pair, "PublicKey"), text(pair, "KeyFingerprint")) {
                (Some(line), _) => match ssh::parse_line(line) {
                    Ok(line) => public::entry(&line.public),
                    Err(why) => {
                        draft.error(&record, "PublicKey", why.to_string());
                        continue;
                    }
                },
                // Ed25519 pairs show the fingerprint that OpenSSH shows.
                (None, Some(hash)) if text(pair, "KeyType") == Some("ed25519") => {
                    let hash = format!("SHA256:{}", hash.trim_end_matches('='));
                    if let Some(why) = IdKind::SshSha256.fault(&hash) {
                        draft.error(&record, "KeyFingerprint", why);
                        continue;
                    }
                    let ids = EntryIds {
                        ssh_sha256: Some(hash),
                        ..EntryIds::default()
                    };
                    Entry {
                        kind: "okp".to_owned(),
                        bits: Some(256),
                        ids,
                        ..Entry::default()
                    }
                }
                (None, Some(digits)) => match rsa_fingerprint(digits) {
                    Some(ids) => Entry {
                        kind: "rsa".to_owned(),
                        ids,
                        ..Entry::default()
                    },
                    None => {
                        let why = "neither an MD5, a SHA-1 nor an Ed25519 pair's SHA-256";
                        draft.error(&record, "KeyFingerprint", why);
                        continue;
                    }
                },
                (None, None) => {
                    draft.error(
                        &record,
                        "PublicKey",
                        "missing, and so is KeyFingerprint: export with --include-public-key",
                    );
                    continue;
                }
            };
            let id = text(pair, "KeyPairId").unwrap_or_default();
            text(pair, "KeyName")
                .unwrap_or(id)
                .clone_into(&mut entry.name);
            let mut holding = Holding {
                source: format!("ec2:{id}"),
                state: Some("active".to_owned()),
                created: time(pair, "CreateTime"),
                ..Holding::default()
            };
            let tags: Vec<_> = objects(pair, "Tags")
                .filter_map(|(_, tag)| Some((text(tag, "Key")?, text(tag, "Value")?)))
                .collect();
            labels(&mut holding, tags.into_iter());
            entry.holdings = vec![holding];
            draft.fact(Fact {
                handles: vec![format!("ec2:{id}")],
                rank: 2,
                entry,
                ..Fact::default()
            });
        }
    }
}

/// Reads the fingerprint of an RSA pair: of one that EC2 made the SHA-1 of its private key
/// in PKCS#8, of an imported one the MD5 of its SubjectPublicKeyInfo.
fn rsa_fingerprint(digits: &str) -> Option<EntryIds> {
    let hash = hex::decode(digits.replace(':', ""))?;
    let value = Some(hex::encode(&hash));
    match hash.len() {
        20 => Some(EntryIds {
            pkcs8_sha1: value,
            ..EntryIds::default()
        }),
        16 => Some(EntryIds {
            spki_md5: value,
            ..EntryIds::default()
        }),
        _ => None,
    }
}
