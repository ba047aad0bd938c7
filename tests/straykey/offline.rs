//! The program as it is built without features opens no network connection, and has no code that could.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Crates that make connections, or that nothing else needs.
const NETWORK: [&str; 14] = [
    "curl",
    "h2",
    "hyper",
    "minreq",
    "mio",
    "native-tls",
    "openssl",
    "quinn",
    "reqwest",
    "ring",
    "rustls",
    "socket2",
    "tokio",
    "ureq",
];

fn manifest(name: &str) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = fs::read_to_string(path).expect("a manifest");
    toml::from_str(&text).expect("TOML")
}

/// Names of the crates that a table of dependencies always brings.
fn always(table: &toml::Table) -> Vec<String> {
    let dependencies = table["dependencies"].as_table().expect("dependencies");
    let is_optional = |value: &toml::Value| {
        value
            .get("optional")
            .is_some_and(|is| is.as_bool() == Some(true))
    };
    let always = dependencies.iter().filter(|(_, value)| !is_optional(value));
    always.map(|(name, _)| name.clone()).collect()
}

#[test]
fn no_dependency_of_the_default_build_speaks_to_the_network() {
    let own = manifest("Cargo.toml");
    assert!(own["features"].get("default").is_none());
    let mut wanted = always(&own);
    for (_, target) in own["target"].as_table().expect("targets") {
        wanted.extend(always(target.as_table().expect("a target")));
    }
    // Whatever the lock file joins, with features that are off as well: more than is built.
    let lock = manifest("Cargo.lock");
    let mut behind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock["package"].as_array().expect("packages") {
        let names = package.get("dependencies").and_then(toml::Value::as_array);
        let names = names.into_iter().flatten().filter_map(toml::Value::as_str);
        // A name, and the version when there are several.
        let names = names.map(|name| name.split(' ').next().unwrap_or(name));
        behind
            .entry(package["name"].as_str().expect("a name"))
            .or_default()
            .extend(names);
    }
    assert!(behind.contains_key("ureq"), "the list of names is old");
    let mut met = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        if met.insert(name.clone()) {
            let more = behind.get(name.as_str()).into_iter().flatten();
            wanted.extend(more.map(|&name| name.to_owned()));
        }
    }
    assert!(met.len() > 50, "{met:?}");
    let found: Vec<&str> = NETWORK
        .into_iter()
        .filter(|name| met.contains(*name))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn no_source_but_one_opens_connections() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).expect("a folder").flatten() {
            let path = item.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let words = [
                "std::net",
                "TcpStream",
                "UdpSocket",
                "ureq::",
                "AddressFamily::INET",
            ];
            if words.iter().any(|word| text.contains(word)) {
                found.push(path);
            }
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("agent/ship.rs"), "{found:?}");
}
