//! Fingerprints against the tools that define them; `testdata/identity/make.py`
//! made the keys and says which tool each expectation is from.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::key::{Curve, Reject};

/// Returns the keys of the reference tools.
fn reference() -> Vec<Value> {
    let json = include_str!("../../testdata/identity/keys.json");
    serde_json::from_str(json).expect("keys.json is JSON")
}

/// Decodes hexadecimal.
fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().expect("a string");
    let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(digits).collect()
}

/// Returns the key of a reference record.
fn key(record: &Value) -> PublicKey {
    spki::parse(&bytes(&record["spki"])).expect("a SubjectPublicKeyInfo by openssl")
}

#[test]
fn every_fingerprint_is_that_of_its_tool() {
    let mut compared = 0;
    for record in reference() {
        let identity = Identity::of(&key(&record));
        for (name, expected) in record["ids"].as_object().expect("an object") {
            let found = identity.ids.named(name);
            assert_eq!(found, expected.as_str(), "{name} of {}", record["name"]);
            compared += 1;
        }
    }
    assert!(compared > 110, "only {compared} fingerprints were compared");
}

#[test]
fn absent_fingerprints_are_those_the_algorithm_lacks() {
    for record in reference() {
        let name = record["name"].as_str().expect("a name");
        let identity = Identity::of(&key(&record));
        for id in Ids::NAMES {
            // The reference tools refuse SSH keys of DSA-2048 and Ed448, and no
            // certificate is made for a key that cannot sign.
            let beyond = matches!(
                (name, id),
                ("dsa-2048" | "ed448", "ssh-sha256") | ("x25519" | "x448", "ski")
            );
            let expected = record["ids"].get(id).is_some() || beyond;
            assert_eq!(identity.ids.named(id).is_some(), expected, "{id} of {name}");
        }
    }
}

#[test]
fn ed448_has_the_ssh_fingerprint_of_puttygen() {
    // puttygen -q -t ed448 -O private -o k.ppk --new-passphrase /dev/null
    // puttygen k.ppk -O public-openssh; puttygen k.ppk -l -E sha256
    let line = ssh::parse_line(ED448_LINE).expect("a line");
    assert_eq!(
        Identity::of(&line.public).ids.named("ssh-sha256"),
        Some(ED448_SHA256)
    );
}

#[test]
fn keygrips_are_those_of_gpg() {
    for (line, keygrip) in GPG_KEYS {
        let line = ssh::parse_line(line).expect("a line");
        assert_eq!(
            Identity::of(&line.public).ids.named("keygrip"),
            Some(keygrip)
        );
    }
}

#[test]
fn every_form_of_a_key_has_one_identity() {
    let mut forms = 0;
    for record in reference() {
        let plain = key(&record);
        assert_eq!(
            spki::encode(&plain),
            bytes(&record["spki"]),
            "{}",
            record["name"]
        );
        for (form, value) in record["forms"].as_object().expect("an object") {
            let found = match form.as_str() {
                "ssh" => ssh::parse_line(value.as_str().expect("a line")).map(|line| line.public),
                "jwk" => jwk::public(|member| value.get(member)?.as_str()),
                "rsa" => spki::rsa(&bytes(value)),
                _ => spki::parse(&bytes(value)),
            };
            assert_eq!(found.as_ref(), Ok(&plain), "{form} of {}", record["name"]);
            forms += 1;
        }
    }
    assert!(forms > 60, "only {forms} forms were read");
}

#[test]
fn certificates_name_their_key() {
    for record in reference() {
        let Some(der) = record.get("certificate") else {
            continue;
        };
        let certificate = x509::parse(&bytes(der)).expect("a certificate by openssl");
        assert_eq!(certificate.public, key(&record), "{}", record["name"]);
        assert_eq!(
            Some(certificate.x5t_s256.as_str()),
            record["x5t-s256"].as_str()
        );
    }
}

#[test]
fn a_generator_must_be_on_its_curve() {
    let record = reference()
        .into_iter()
        .find(|record| record["name"] == "ec-prime256v1");
    let record = record.expect("P-256 is there");
    let good = bytes(&record["forms"]["explicit"]);
    let base = Curve::P256.domain().gx;
    let at = good
        .windows(base.len())
        .position(|window| window == base)
        .expect("the generator");
    let mut bad = good;
    bad[at] ^= 1;
    assert_eq!(spki::parse(&bad), Err(Reject::OutOfRange));
}

#[test]
fn lines_have_options_comments_and_certificates() {
    // ssh-keygen -t ed25519 -N '' -f k; ssh-keygen -t ed25519 -N '' -f ca
    // ssh-keygen -s ca -I id -n user k.pub; cat k.pub k-cert.pub; ssh-keygen -lf k.pub
    let plain = ssh::parse_line(ED25519_LINE).expect("a line");
    assert_eq!((plain.before, plain.comment), ("", "me@laptop"));
    assert_eq!(
        Identity::of(&plain.public).ids.named("ssh-sha256"),
        Some(ED25519_SHA256)
    );
    let certificate = ssh::parse_line(ED25519_CERT_LINE).expect("a certificate");
    assert_eq!(certificate.public, plain.public);

    let options = format!(r#"command="echo \"ssh-rsa x\"",no-pty {ED25519_LINE}"#);
    let line = ssh::parse_line(&options).expect("a line with options");
    assert_eq!(line.public, plain.public);
    assert_eq!(line.before, r#"command="echo \"ssh-rsa x\"",no-pty"#);
    assert_eq!(
        ssh::parse_line("# ssh-rsa AAAA"),
        Err(Reject::NotThisFormat)
    );
    assert_eq!(ssh::parse_line("ssh-rsa"), Err(Reject::Truncated));
}

#[test]
fn a_report_has_the_names_in_order() {
    let record = reference()
        .into_iter()
        .find(|record| record["name"] == "rsa-2048");
    let identity = Identity::of(&key(&record.expect("RSA is there")));
    let json = serde_json::to_string(&identity).expect("an object");
    let order: Vec<_> = Ids::NAMES
        .iter()
        .map(|name| json.find(&format!("\"{name}\":")))
        .collect();
    assert!(
        order.iter().all(Option::is_some) && order.is_sorted(),
        "{json}"
    );
    assert!(json.starts_with(r#"{"algorithm":"RSA-2048","bits":2048,"spki-sha256":""#));
    assert_eq!(identity.ids().count(), 10);
    assert!(!json.contains("md5") && !json.contains("sha1"), "{json}");
}

#[test]
fn an_identity_that_was_written_down_comes_back_whole() {
    let records = reference();
    let of = |name: &str| records.iter().find(|record| record["name"] == name);
    let rsa = Identity::of(&key(of("rsa-2048").expect("RSA is there"))).with_pkcs8_sha1(&[7; 20]);
    let plain = key(of("ec-prime256v1").expect("P-256 is there"));
    let ec = Identity::of(&plain).with_parameters(&plain, &[0x30, 0]);
    for (identity, count) in [(rsa, 11), (ec, 8)] {
        let ids: Vec<_> = identity
            .ids()
            .map(|(name, id)| (name.to_owned(), id.to_owned()))
            .collect();
        assert_eq!(ids.len(), count);
        let kept = Identity::kept(&identity.algorithm, identity.bits, true, &ids);
        assert_eq!(kept.map(|kept| kept.ids), Some(identity.ids));
    }
}

/// Every name that an identity can have comes back with it from the state of a scan.
#[test]
fn what_is_kept_comes_back_with_the_keys_that_come_with_it() {
    let keys: Vec<_> = reference().iter().map(key).collect();
    let [first, other, ..] = keys.as_slice() else {
        panic!("two keys")
    };
    let whole = Identity::of(first)
        .with_parameters(first, &[0x30, 0])
        .with_further("m/84'/0'/0'/0/0", other)
        .with_further("traditional", other)
        .with_further("m/0", other);
    let ids: Vec<(String, String)> = whole
        .ids()
        .map(|(name, id)| (name.to_owned(), id.to_owned()))
        .collect();
    assert_eq!(ids.len(), Identity::of(first).ids().count() + 3);
    let kept = Identity::kept(&whole.algorithm, whole.bits, whole.can_sign, &ids);
    assert_eq!(kept.expect("it comes back").ids, whole.ids);
}

proptest! {
    #[test]
    fn no_input_makes_a_parser_panic(input in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = spki::parse(&input);
        let _ = spki::rsa(&input);
        let _ = ssh::parse(&input);
        let _ = x509::parse(&input);
        let text = String::from_utf8_lossy(&input);
        let _ = ssh::parse_line(&text);
        let _ = ssh::parse_line(&format!("ssh-rsa {text}"));
        let _ = jwk::public(|member| if member == "kty" { Some("EC") } else { Some(&text) });
    }

    #[test]
    fn no_damage_makes_a_parser_panic(
        which in any::<proptest::sample::Index>(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<proptest::sample::Index>(),
    ) {
        let records = reference();
        let record = &records[which.index(records.len())];
        let ssh = ssh::encode(&key(record));
        let mut inputs = vec![bytes(&record["spki"])];
        inputs.extend(record.get("certificate").map(bytes));
        inputs.extend(record["forms"].get("explicit").map(bytes));
        inputs.extend(ssh);
        for mut input in inputs {
            for (at, byte) in &damage {
                let at = at.index(input.len());
                input[at] = *byte;
            }
            for input in [&input[..], &input[..cut.index(input.len())]] {
                for parsed in [spki::parse(input), ssh::parse(input)].into_iter().flatten() {
                    let _ = Identity::of(&parsed);
                }
                let _ = x509::parse(input);
            }
        }
    }
}

/// `k.pub`.
const ED25519_LINE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKxZJ7YjCTU3hBMkk/zMaU6PzbFy174X6rJJCJbIMkxF me@laptop";
/// What `ssh-keygen -lf k.pub` prints, and for `k-cert.pub` too.
const ED25519_SHA256: &str = "SHA256:QNMOcvC9Ot08Gb+snK6EAKcMvZGxQaneHNSN33DgnLo";
/// `k-cert.pub`.
const ED25519_CERT_LINE: &str = "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIJEAl1oHkAFsQ9V8qEWDeEoXc1ZABTHhLfEFHksHVMlCAAAAIKxZJ7YjCTU3hBMkk/zMaU6PzbFy174X6rJJCJbIMkxFAAAAAAAAAAAAAAABAAAAAmlkAAAACAAAAAR1c2VyAAAAAAAAAAD//////////wAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIB5Fhz2/mIMyeEfpNcFZpdgj+/2dc9nvkOgssi2ny/GMAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEBT1Q4mwrOMDf3vglKYRBBS5xe6XjCuaKXxKeGY+A2xN+J13zwXdVWuIb4jPPrN2beYBxQQdYerdDgabdouRN0K me@laptop";
/// What `puttygen -O public-openssh` prints.
const ED448_LINE: &str = "ssh-ed448 AAAACXNzaC1lZDQ0OAAAADndhRvTQw58L4sAkVapYzYjm91pOM0+EAvJIxufgCcvbXZjdRtoazlR5AwpXdcYxeDAJo8bunYuXgA= x";
/// What `puttygen -l -E sha256` prints.
const ED448_SHA256: &str = "SHA256:Nisc1DxY5dysmOoQCTyk8cyzSGQCRbnukZ/c1+QCNdk";

/// What `gpg --export-ssh-key FINGERPRINT!` and, last, `gpg --with-keygrip -K` print
/// for keys by `gpg --batch --passphrase '' --quick-gen-key ID ALGORITHM default never`.
const GPG_KEYS: [(&str, &str); 5] = [
    (
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDGn4A7/FlLgqSIUts/oVJcVmdcemQCzyE7OB5HCXi1SDySMQgrmnI/SiIBIVV1JCrVcorZtSHzNOHnnxB3IW4KXJUbuL2xJXaCQTuLeplU1NrRSeExqcrohiH9JP8Kevo04H0S5jqGo+aZQI13lq5NwhinQFq7ttXuGt3pBeUHeLLfzmfR4zSMUbIo5stnxSD3qOJJEnYtibXSQoHYJmqBcYhPISqDO2WjmHgS6gEMhkfBzBba3VTIhWVPluuuJPP0oHO3h42OXJMxcPPuMOPk3BOvk0HCjNDHICzyfXKjM5ssstdK8qAW/cWKz19aGyY0sgeJAnvdpuw8yp2h4v+r",
        "c567f5e7724d4c0fa8f26be6b78c0dad3389f28e",
    ),
    (
        "ssh-dss AAAAB3NzaC1kc3MAAAEBAJkoxAcNRNwa18PfsONeZzi12sa7tRbTJRUnroxIua7OLNzWzzemznzu1MxafbqauA9TmYwXlkN81EdJE3PfA3N0W2rTWiz7HPQB83CZlW29EzqSfybjj3vTLY6LbibUxyxGgPDZ4Uo6On5oyrLpztoSh1l3r3JmsHbEQNIZlGjBpYL78pYafTPk8anzKn20+j/dTARDNpAjXtW+mAyOm7I+EQcJd4btM06az9WgnhaxUQPASvZPKQQ9sPs+UFjUxij6+fFagABdNPCOh2lLLJIYNn11Nr+Loia3WpcPDqieS/GISNNFrvB5p2M3/Ey6mV3z3c7tjkOQEGLNONo/sxMAAAAhAMhQCW5xlCtWERqRb/HzBzp/cX1e5NELC1ckqEd/IYNFAAABAB5+tMXNIiirrVUrv8iVaWf78jBXuE0uW0m+Yrnnk+gHFK1wONxjLeHrkRyhkReV1Te9WdT2NhT7QmtlHjcg4aDWypy9i/ekRs29xLXALklYGkZ9XPIg7HSR+ar2TyLCn/RMitZ3CYa7lNjIMeM0l/BngPnUpYnM+bHUr3EbvQtPS7WF1TfUj5Xex05yoZElRQYtKMNPuHZGLofNuzU9cBjX/GKuw5wHrL++XfG5oDYWfIW0T9hfb2iWg3xcVLlSuTH8TICJ51o8PwOGBTT7Hc0US/jNn/eIZbhU76xtNc+RFRyQWN7KX3ke4AztKvEOPXy3GcWNIZ4523j/Ijk4GmQAAAEBAIJDCu8N9sAmovbeHvsT8XkWMBkixP9sITfjq7Y9EeYQzkobvHkuaaHIM06nS0Qo0FCAW5JMwIdfnWufqxXRSO8toapfGszK8R6LJL1zq7C+sesnIzJXOo7+InErCZcDb2xiZ6NEUbcgWjXv6Cg9LHnyLeRxqiUh5seCON2ukUqPWREEbQ+YB3Ub1OYwk5+B6KtKlR8iXE+3+csS7ipMqzOcHmORuNdQGvSTGizW4MuglN1JTrBN1zy8gu/aCVxE7LKXt65asfthS5FmEhVGfxDh13QUaKa2d/uFWaPbZ8TUjIZ99ROFiAw5zR2GrbRvyUa+8VFMJpxiFnQDdvW5Vt4=",
        "26c65e80cc4634033da4deb4f235e212bbc58173",
    ),
    (
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOBU+xxdzUzTAWuR65RPIkugjKRzcyn7Phs4oF4J65TIQCrHDAu6dG5sNLGuWnnriIm8c3qRRZeTTns3S2M1oj8=",
        "4f18d8f672a46ced2121b558f41c76d0826871e1",
    ),
    (
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAFrAnvqogEcXS/8HxovwsBFeT4/Ssqwo+ixAKnouwLGJc+ISNFWrizpo3IHI5yrSyfwGb5uT/FPCnI5DX0H3BiSfwB/RxCP0BQzdb5IkXC8d1ivMdpN0rNgnWbZJBV53Vf4m72xzGb+ODQBVgXUtIIXbE5tpMkdk3VruLrheN6RWJIfVw==",
        "c08b875baf9299a36ca066c2e33b1cc130469c3a",
    ),
    (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINChINDvzZEP9ffl1VP/ADLamPWVxkKnk+r0K3/7fDU4",
        "804cf0d72055e715829600c994f2520ba7a215e8",
    ),
];
