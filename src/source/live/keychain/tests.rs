//! What `security` and PowerShell print is read, and nothing else is. The programs are stood in for by
//! scripts that print texts of the same shape, around certificates of openssl.

use super::*;
use crate::identity::Identity;

fn data(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/live");
    std::fs::read(folder.join(name)).unwrap()
}

fn prints(keys: &[PublicKey]) -> BTreeSet<String> {
    let print = |key: &PublicKey| {
        let identity = Identity::of(key);
        let mut ids = identity.ids();
        ids.find_map(|(name, id)| (name == "spki-sha256").then(|| id.to_owned()))
    };
    keys.iter().filter_map(print).collect()
}

/// What openssl says of the certificates that have a private key.
fn held() -> BTreeSet<String> {
    let text = String::from_utf8(data("held.txt")).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn identities_of_a_keychain_are_joined_with_their_certificates() {
    let (identities, certificates) = (
        data("security-identities.txt"),
        data("security-certificates.txt"),
    );
    let keys = mac(&identities, &certificates).unwrap();
    assert_eq!(prints(&keys), held());
    // A certificate without a private key is nobody's key.
    let none = b"\nPolicy: X.509 Basic\n  Matching identities\n     0 identities found\n";
    assert_eq!(mac(none, &certificates).map(|keys| keys.len()), Some(0));
    // What stands before a certificate is not believed.
    let text = String::from_utf8(identities.clone()).unwrap();
    let digest = text.lines().find_map(identity).unwrap();
    let lied = String::from_utf8(certificates.clone()).unwrap();
    let lied = lied.replace(
        "SHA-1 hash: ",
        &format!("SHA-1 hash: {digest}\nSHA-1 hash: "),
    );
    assert_eq!(prints(&mac(&identities, lied.as_bytes()).unwrap()), held());
    // Cut, or something else.
    assert!(
        mac(
            &identities,
            certificates.get(..certificates.len() - 30).unwrap()
        )
        .is_none()
    );
    assert!(mac(b"security: command not found", &certificates).is_none());
    assert!(
        mac(
            &identities,
            b"-----BEGIN CERTIFICATE-----\n\xff!\n-----END CERTIFICATE-----"
        )
        .is_none()
    );
    assert_eq!(mac(&identities, b"").map(|keys| keys.len()), Some(0));
}

#[test]
fn lines_that_name_no_identity_are_none() {
    let digest = "0123456789ABCDEF0123456789ABCDEF01234567";
    let line = format!("  1) {digest} \"Name\"");
    assert_eq!(identity(&line), Some(digest.to_ascii_lowercase()));
    for bad in [
        "",
        "1) ",
        "x) 0123",
        "  1) 0123456789ABCDEF \"short\"",
        "     2 identities found",
    ] {
        assert_eq!(identity(bad), None, "{bad}");
    }
}

#[test]
fn certificates_of_windows_are_read() {
    let text = data("powershell.txt");
    assert_eq!(prints(&windows(&text).unwrap()), held());
    assert_eq!(windows(b"").map(|keys| keys.len()), Some(0));
    // Base64 of something else: no key, and no fault.
    assert_eq!(windows(b"AAAA\r\n").map(|keys| keys.len()), Some(0));
    for bad in [
        &b"Get-ChildItem : Access is denied.\r\n"[..],
        b"\xff\xfe",
        b"AAAA BBBB!",
    ] {
        assert!(windows(bad).is_none());
    }
}

#[cfg(unix)]
#[test]
fn programs_are_asked_for_their_listings() {
    use std::os::unix::fs::PermissionsExt as _;
    let start = Start::new(|asked| {
        let mut command = std::process::Command::new(asked.program);
        Ok(command.args(asked.arguments).output()?.stdout)
    });
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/live");
    let data = data.display();
    let security = format!(
        "case \"$*\" in\n\
        find-identity) cat '{data}/security-identities.txt' ;;\n\
        'find-certificate -a -Z -p') cat '{data}/security-certificates.txt' ;;\n\
        *) exit 1 ;;\nesac"
    );
    let mac = Keychain::Mac(script("security", &security));
    // Only one of the two stores has keys, and only that is asked for them.
    let powershell = format!(
        "case \"$*\" in\n\
        *\"'Cert:\\\\CurrentUser\\\\My'\"*HasPrivateKey*) cat '{data}/powershell.txt' ;;\n\
        *\"'Cert:\\\\LocalMachine\\\\My'\"*) ;;\n\
        *) exit 1 ;;\nesac"
    );
    let windows = Keychain::Windows(script("powershell", &powershell));
    for (keychain, stores) in [(mac, 1), (windows, 2)] {
        let all = keychain.stores();
        assert_eq!(all.len(), stores);
        let found = all
            .iter()
            .map(|store| keychain.list(store, &start, &Interrupt::new()).unwrap());
        let found: Vec<PublicKey> = found.flatten().collect();
        assert_eq!(prints(&found), held(), "{keychain:?}");
    }
    let broken = Keychain::Mac(script("broken", "echo nonsense"));
    assert!(
        broken
            .list(Path::new("x"), &start, &Interrupt::new())
            .is_err()
    );
}
