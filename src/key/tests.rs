//! The maths, on keys made by openssl (`testdata/identity/make.py`).

use proptest::prelude::*;
use serde_json::Value;
use zeroize::Zeroizing;

use super::*;
use crate::wire::der::Reader;

/// Returns the keys of the reference tools.
fn reference() -> Vec<Value> {
    let json = include_str!("../../testdata/identity/keys.json");
    serde_json::from_str(json).expect("keys.json is JSON")
}

/// Returns the reference key of this name.
fn record(name: &str) -> Value {
    reference()
        .into_iter()
        .find(|record| record["name"] == name)
        .expect("the key is there")
}

/// Decodes hexadecimal, of which a leading zero may be missing.
fn unhex(hex: &str) -> Vec<u8> {
    let hex = format!("{}{hex}", "0".repeat(hex.len() % 2));
    let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(digits).collect()
}

/// Returns a number of a reference key.
fn number(record: &Value, name: &str) -> Vec<u8> {
    unhex(
        record["numbers"][name]
            .as_str()
            .expect("the number is there"),
    )
}

/// Returns an RSA key with all the numbers of a record.
fn rsa(record: &Value) -> RsaKey {
    let secret = |name| Some(Zeroizing::new(number(record, name)));
    let more = record["numbers"].get("more").and_then(Value::as_array);
    let more = more.into_iter().flatten().filter_map(Value::as_str);
    RsaKey {
        n: Some(number(record, "n")),
        e: Some(number(record, "e")),
        d: secret("d"),
        p: secret("p"),
        q: secret("q"),
        dp: secret("dp"),
        dq: secret("dq"),
        qi: secret("qi"),
        more_primes: more.map(|prime| Zeroizing::new(unhex(prime))).collect(),
    }
}

/// Returns the public half of an RSA record.
fn rsa_public(record: &Value) -> PublicKey {
    PublicKey::Rsa {
        n: number(record, "n"),
        e: number(record, "e"),
    }
}

/// Returns the curve that openssl calls by the end of a record's name.
fn curve(record: &Value) -> Option<Curve> {
    let name = record["name"].as_str()?.strip_prefix("ec-")?;
    Some(Curve::from_name(name).expect("a curve of the table"))
}

/// Returns the EC key of a record, and its public half.
fn ec(record: &Value) -> (EcKey, PublicKey) {
    let curve = curve(record).expect("an EC record");
    let point = number(record, "point");
    let (x, y) = point[1..].split_at(curve.bytes());
    let public = PublicKey::Ec {
        curve,
        x: x.to_vec(),
        y: y.to_vec(),
    };
    let d = Zeroizing::new(number(record, "d"));
    (
        EcKey {
            parameters: None,
            curve: Some(curve),
            d,
            public: Some(point),
            chain: None,
        },
        public,
    )
}

#[test]
fn rsa_keys_of_openssl_are_consistent() {
    let names = [
        "rsa-1024-e3",
        "rsa-2048",
        "rsa-2048-pss",
        "rsa-2048-3-primes",
        "rsa-4096",
    ];
    for name in names {
        let record = record(name);
        assert_eq!(rsa(&record).check(), Ok(rsa_public(&record)), "{name}");
    }
}

#[test]
fn any_sufficient_set_of_rsa_numbers_gives_the_key() {
    type Edit = fn(&mut RsaKey);
    let edits: [(&str, Edit); 9] = [
        ("n missing", |key| key.n = None),
        ("e missing", |key| key.e = None),
        ("d missing", |key| key.d = None),
        ("q missing", |key| key.q = None),
        ("p missing", |key| key.p = None),
        ("n and e missing", |key| (key.n, key.e) = (None, None)),
        ("e and d missing", |key| (key.e, key.d) = (None, None)),
        ("only p, dp and n", |key| {
            (key.e, key.d, key.q, key.dq) = (None, None, None, None);
        }),
        ("only n, e and d", |key| {
            (key.p, key.q, key.dp, key.dq, key.qi) = (None, None, None, None, None);
        }),
    ];
    for name in ["rsa-1024-e3", "rsa-2048", "rsa-4096"] {
        let record = record(name);
        for (what, edit) in edits {
            let mut key = rsa(&record);
            edit(&mut key);
            assert_eq!(key.check(), Ok(rsa_public(&record)), "{name}, {what}");
        }
    }
}

#[test]
fn one_wrong_rsa_number_is_noticed() {
    type Edit = fn(&mut RsaKey);
    let flip = |number: &mut Option<Zeroizing<Vec<u8>>>| {
        number.as_mut().expect("it is there")[9] ^= 4;
    };
    let record = record("rsa-2048");
    let mut wrong_n = rsa(&record);
    wrong_n.n.as_mut().expect("it is there")[9] ^= 4;
    assert_eq!(wrong_n.check(), Err(Reject::Inconsistent));
    for at in [2, 3, 4] {
        let mut key = rsa(&record);
        flip(part(&mut key, at));
        assert_eq!(key.check(), Err(Reject::Inconsistent));
    }
    let mut only_d = rsa(&record);
    (only_d.p, only_d.q) = (None, None);
    flip(&mut only_d.d);
    assert_eq!(only_d.check(), Err(Reject::Inconsistent));

    let edits: [(Edit, Reject); 5] = [
        (|key| key.e = Some(vec![3]), Reject::Inconsistent),
        (|key| key.e = Some(vec![1]), Reject::OutOfRange),
        (|key| key.e = Some(vec![]), Reject::OutOfRange),
        (
            |key| key.p = Some(Zeroizing::new(vec![1])),
            Reject::OutOfRange,
        ),
        (
            |key| (key.p, key.q, key.d) = (None, None, None),
            Reject::Incomplete,
        ),
    ];
    for (edit, reject) in edits {
        let mut key = rsa(&record);
        edit(&mut key);
        assert_eq!(key.check(), Err(reject));
    }
}

#[test]
fn rsa_keys_beyond_the_limits_are_not_calculated_with() {
    let long = RsaKey {
        n: Some(vec![0xFF; 2049]),
        e: Some(vec![3]),
        d: Some(Zeroizing::new(vec![0xFF; 2048])),
        ..RsaKey::default()
    };
    assert_eq!(long.check(), Err(Reject::TooLarge));
    // 248 bits.
    assert_eq!(PublicKey::rsa(&[0xFF; 31], &[3]), Err(Reject::OutOfRange));
    assert_eq!(RsaKey::default().check(), Err(Reject::Incomplete));
}

#[test]
fn a_key_without_primes_may_have_a_large_common_factor() {
    // p = 2*401*r + 1 and q = 2*401*s + 1 with primes r and s, so that
    // gcd(p-1, q-1) is a multiple of 802; d is 65537 inverted modulo their lcm.
    // Made with python3 and gmpy2.
    let secret = |hex| Some(Zeroizing::new(unhex(hex)));
    let key = |d| RsaKey {
        n: Some(unhex(COMMON_FACTOR_N)),
        e: Some(vec![1, 0, 1]),
        d: secret(d),
        ..RsaKey::default()
    };
    assert!(key(COMMON_FACTOR_D).check().is_ok());
    let wrong = format!("{}1", &COMMON_FACTOR_D[..COMMON_FACTOR_D.len() - 1]);
    assert_ne!(wrong, COMMON_FACTOR_D);
    assert_eq!(key(&wrong).check(), Err(Reject::Inconsistent));
}

#[test]
fn ec_keys_of_openssl_are_consistent() {
    let mut curves = 0;
    for record in reference().iter().filter(|record| curve(record).is_some()) {
        let (mut key, public) = ec(record);
        assert_eq!(key.check().as_ref(), Ok(&public), "{}", record["name"]);
        key.public = None;
        assert_eq!(key.check().as_ref(), Ok(&public), "{}", record["name"]);
        assert_eq!(
            public.algorithm(),
            format!("EC-{}", curve(record).expect("EC").name())
        );
        curves += 1;
    }
    assert_eq!(curves, Curve::ALL.len());
}

#[test]
fn ec_points_come_in_every_form() {
    for record in reference().iter().filter(|record| curve(record).is_some()) {
        let (mut key, public) = ec(record);
        for form in ["compressed", "hybrid"] {
            let spki = unhex(record["forms"][form].as_str().expect("the form is there"));
            let mut fields = Reader::new(&spki).sequence().expect("an SPKI");
            fields.sequence().expect("an algorithm");
            key.public = Some(fields.bits().expect("a point").to_vec());
            assert_eq!(
                key.check().as_ref(),
                Ok(&public),
                "{form} of {}",
                record["name"]
            );
        }
    }
}

#[test]
fn a_curve_that_is_not_named_is_found_by_the_point() {
    for record in reference().iter().filter(|record| curve(record).is_some()) {
        let (mut key, public) = ec(record);
        key.curve = None;
        assert_eq!(key.check().as_ref(), Ok(&public), "{}", record["name"]);
        assert_eq!(key.possible(), std::slice::from_ref(&public));
        key.public = None;
        assert!(key.possible().contains(&public), "{}", record["name"]);
    }
    let (mut key, _) = ec(&record("ec-secp256k1"));
    (key.curve, key.public) = (None, None);
    let curves: Vec<_> = key.possible().iter().map(PublicKey::algorithm).collect();
    assert!(curves.len() >= 2 && curves[0] == "EC-P256", "{curves:?}");
}

#[test]
fn ec_numbers_out_of_range_are_no_keys() {
    for curve in Curve::ALL {
        let key = |d: &[u8]| EcKey {
            parameters: None,
            curve: Some(curve),
            d: Zeroizing::new(d.to_vec()),
            public: None,
            chain: None,
        };
        let order = curve.domain().n;
        assert_eq!(key(&[0; 32]).check(), Err(Reject::OutOfRange), "{curve:?}");
        assert_eq!(key(order).check(), Err(Reject::OutOfRange), "{curve:?}");
        assert_eq!(
            key(&[0xFF; 80]).check(),
            Err(Reject::OutOfRange),
            "{curve:?}"
        );
        // The generator itself, and its negative: the ends of the range.
        let (gx, gy) = (curve.domain().gx, curve.domain().gy);
        let generator = PublicKey::ec(curve, gx, gy).expect("the generator is on the curve");
        assert_eq!(key(&[1]).check(), Ok(generator), "{curve:?}");
        let mut last = order.to_vec();
        *last.last_mut().expect("not empty") -= 1;
        let Ok(PublicKey::Ec { x, y, .. }) = key(&last).check() else {
            panic!("{curve:?}")
        };
        assert!(x == gx && y != gy, "{curve:?}");
    }
}

#[test]
fn an_ec_key_with_a_foreign_point_is_inconsistent() {
    let (mut key, _) = ec(&record("ec-prime256v1"));
    let domain = Curve::P256.domain();
    key.public = Some([&[4], domain.gx, domain.gy].concat());
    assert_eq!(key.check(), Err(Reject::Inconsistent));
    assert!(key.check().expect_err("it is foreign").is_inconsistent());
    let off_curve = PublicKey::ec(Curve::P256, domain.gy, domain.gx);
    assert_eq!(off_curve, Err(Reject::OutOfRange));
}

#[test]
fn okp_keys_of_openssl_are_consistent() {
    for kind in Okp::ALL {
        let record = record(&kind.name().to_lowercase());
        let (seed, public) = (number(&record, "seed"), number(&record, "public"));
        let expected = PublicKey::Okp {
            kind,
            bytes: public.clone(),
        };
        assert_eq!(
            OkpKey::from_seed(kind, &seed, None).check().as_ref(),
            Ok(&expected)
        );
        assert_eq!(
            OkpKey::from_seed(kind, &seed, Some(&public)).check(),
            Ok(expected)
        );
        let mut foreign = public;
        foreign[3] ^= 1;
        let foreign = OkpKey::from_seed(kind, &seed, Some(&foreign)).check();
        assert_eq!(foreign, Err(Reject::Inconsistent));
        let short = OkpKey::from_seed(kind, &seed[1..], None).check();
        assert_eq!(short, Err(Reject::BadLength));
    }
}

#[test]
fn okp_keys_match_the_vectors_of_the_rfcs() {
    // RFC 8032 sections 7.1 (test 1) and 7.4 (blank), RFC 7748 sections 6.1 and 6.2 (Alice).
    let vectors = [
        (
            Okp::Ed25519,
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        ),
        (
            Okp::Ed448,
            "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
            "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
        ),
        (
            Okp::X25519,
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        ),
        (
            Okp::X448,
            "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
            "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
        ),
    ];
    for (kind, seed, public) in vectors {
        let derived = OkpKey::from_seed(kind, &unhex(seed), None).check();
        assert_eq!(
            derived,
            Ok(PublicKey::Okp {
                kind,
                bytes: unhex(public)
            }),
            "{kind:?}"
        );
    }
}

#[test]
fn expanded_secrets_give_the_key_of_their_seed() {
    use sha2::Digest as _;
    let record = record("ed25519");
    let secret = Zeroizing::new(sha2::Sha512::digest(number(&record, "seed")).to_vec());
    let key = OkpKey {
        kind: Okp::Ed25519,
        form: OkpForm::Expanded,
        secret,
        public: None,
    };
    let expected = PublicKey::Okp {
        kind: Okp::Ed25519,
        bytes: number(&record, "public"),
    };
    assert_eq!(key.check(), Ok(expected));
}

#[test]
fn dsa_keys_of_openssl_are_consistent() {
    for name in ["dsa-1024", "dsa-2048"] {
        let record = record(name);
        let key = |y: Option<Vec<u8>>, x: Vec<u8>| DsaKey {
            p: number(&record, "p"),
            q: number(&record, "q"),
            g: number(&record, "g"),
            x: Zeroizing::new(x),
            y,
        };
        let (x, y) = (number(&record, "x"), number(&record, "y"));
        let public = key(None, x.clone()).check().expect("a key");
        assert!(matches!(&public, PublicKey::Dsa { y: derived, .. } if *derived == y));
        assert_eq!(key(Some(y), x.clone()).check(), Ok(public));
        assert_eq!(key(Some(vec![5]), x).check(), Err(Reject::Inconsistent));
        assert_eq!(
            key(None, number(&record, "q")).check(),
            Err(Reject::OutOfRange)
        );
        assert_eq!(key(None, vec![0]).check(), Err(Reject::OutOfRange));
    }
}

#[test]
fn algorithms_say_what_they_are() {
    let of = |name| match record(name) {
        record if name.starts_with("rsa") => rsa_public(&record),
        record => {
            let kind = Okp::ALL
                .into_iter()
                .find(|kind| kind.name().eq_ignore_ascii_case(name));
            PublicKey::okp(kind.expect("a kind"), &number(&record, "public")).expect("a key")
        }
    };
    let said = |name| (of(name).algorithm(), of(name).bits(), of(name).can_sign());
    assert_eq!(said("rsa-4096"), ("RSA-4096".to_owned(), 4096, true));
    assert_eq!(said("ed448"), ("Ed448".to_owned(), 456, true));
    assert_eq!(said("x25519"), ("X25519".to_owned(), 256, false));
    for set in ["ML-DSA-44", "ML-DSA-87", "SLH-DSA-SHAKE-256f"].map(PqSet::from_name) {
        let set = set.expect("a parameter set");
        assert_eq!(PqSet::from_oid(&set.oid()), Some(set));
        let key = PublicKey::pq(set, &vec![7; set.bytes()]).expect("a key");
        assert_eq!(key.algorithm(), set.name());
    }
}

proptest! {
    #[test]
    fn no_numbers_make_a_check_panic(
        numbers in proptest::collection::vec(
            proptest::option::of(proptest::collection::vec(any::<u8>(), 0..140)), 9),
    ) {
        let secret = |at: usize| numbers[at].clone().map(Zeroizing::new);
        let key = RsaKey {
            n: numbers[0].clone(), e: numbers[1].clone(), d: secret(2), p: secret(3), q: secret(4),
            dp: secret(5), dq: secret(6), qi: secret(7), more_primes: secret(8).into_iter().collect(),
        };
        let _ = key.check();
        let some = |at: usize| numbers[at].clone().unwrap_or_default();
        let dsa = DsaKey {
            p: some(0), q: some(1), g: some(2), x: Zeroizing::new(some(3)), y: numbers[4].clone(),
        };
        let _ = dsa.check();
        for kind in Okp::ALL {
            let _ = OkpKey::from_seed(kind, &some(5), None).check();
        }
        for curve in Curve::ALL {
            let _ = PublicKey::ec_point(curve, &some(6));
            let _ = PublicKey::ec(curve, &some(7), &some(8));
        }
    }

    #[test]
    fn no_mixture_of_real_and_false_numbers_makes_a_check_panic(
        at in 0usize..8, value in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..130)),
        gone in any::<u8>(),
    ) {
        let mut key = rsa(&record("rsa-1024-e3"));
        for bit in 0..8 {
            if gone >> bit & 1 == 1 {
                *part(&mut key, bit) = None;
            }
        }
        *part(&mut key, at) = value.map(Zeroizing::new);
        let _ = key.check();
    }

    #[test]
    fn ec_checks_take_any_number(d in proptest::collection::vec(any::<u8>(), 0..70)) {
        for curve in [Some(Curve::P256), Some(Curve::P521), Some(Curve::BrainpoolP320r1), None] {
            let _ = EcKey { curve, parameters: None, d: Zeroizing::new(d.clone()), public: None, chain: None }.check();
        }
    }
}

/// Returns a secret number of an RSA key by its index; 0 and 1 are d and p again.
fn part(key: &mut RsaKey, at: usize) -> &mut Option<Zeroizing<Vec<u8>>> {
    match at {
        0 | 2 => &mut key.d,
        1 | 3 => &mut key.p,
        4 => &mut key.q,
        5 => &mut key.dp,
        6 => &mut key.dq,
        _ => &mut key.qi,
    }
}

/// The modulus of a key with a large gcd(p-1, q-1).
const COMMON_FACTOR_N: &str = "1da3119ee77b38d858217d139bd33875dcdcf85054a96b1671d3539e2e13b0478eebab221c43cc7823b0ab8bea127c642284d260d42a0b39fd7b4bf1287eb4ca06fe76c8b1f903ad79bef9e7c11d53684fc2b3cebba48ae1e2ef6ab2ac0c7829bb6efca0237518482c9bedc6f8c09ec11f276f5631843c075917623a20c64e11";
/// Its private exponent.
const COMMON_FACTOR_D: &str = "6f13b390443643cb69269cc00c3222969d26b169a7fcbb0ce5bfc71477e3b0273bd18d48fc7dbd6ceb221823518712cd46d54b43d27984879bc463b1ca10860d5ea102f94b01689ac8a0fa96b2c8dcc2706b0547f4b7e26a07af8c0672af95b5c36da555e42281a644e8a2eb3b650fb37d9a1a8a1dd87da531cc8361f5fdd";

/// Returns what is found among numbers, each a value of its own.
fn together(numbers: &[Vec<u8>], says_65537: bool, tries: &mut Tries) -> Vec<Together> {
    let written = numbers.iter().enumerate();
    let written: Vec<Written<'_>> = written
        .map(|(place, number)| Written { number, place })
        .collect();
    let mut found = rsa_among(&written, &|_, _| says_65537, tries);
    found.extend(ec_among(&written, tries));
    found
}

/// Returns the public half of the only key found.
fn only(found: &[Together]) -> PublicKey {
    let [one] = found else {
        panic!("{} found", found.len());
    };
    let key = one.key.as_ref().expect("a whole key");
    key.check().expect("its maths is right")
}

#[test]
fn numbers_of_one_key_are_found_among_others() {
    let records = reference();
    let whole: Vec<&Value> = records
        .iter()
        .filter(|r| r["numbers"].get("dp").is_some())
        .collect();
    let others: Vec<Vec<u8>> = whole
        .iter()
        .flat_map(|r| [number(r, "dp"), number(r, "qi")])
        .collect();
    let mut seen = 0;
    for record in whole.iter().filter(|r| r["numbers"].get("more").is_none()) {
        let n = number(record, "n");
        if number::bits(&n) < 512 {
            continue;
        }
        seen += 1;
        let with = |names: &[&str]| {
            let own = names.iter().map(|name| number(record, name));
            own.chain(
                others
                    .iter()
                    .filter(|o| *o != &number(record, "dp"))
                    .take(6)
                    .cloned(),
            )
            .collect::<Vec<_>>()
        };
        let tries = &mut Tries::for_blob(1 << 20);
        for names in [
            &["n", "d", "p", "q"][..],
            &["q", "d", "n"],
            &["dp", "p", "n"],
            &["n", "d", "p", "q", "dp", "dq", "qi", "n", "d"],
        ] {
            let found = together(&with(names), false, tries);
            assert_eq!(only(&found), rsa_public(record), "{names:?}");
        }
        if number(record, "e") == [1, 0, 1] {
            assert_eq!(
                only(&together(&with(&["n", "d"]), false, tries)),
                rsa_public(record)
            );
            assert_eq!(
                only(&together(&with(&["p", "n"]), true, tries)),
                rsa_public(record)
            );
        }
        for names in [
            &["n"][..],
            &["n", "dp"],
            &["p", "q", "dp"],
            &["n", "p", "q"],
        ] {
            let found = together(&with(names), false, tries);
            assert!(found.iter().all(|t| t.key.is_err()), "{names:?}");
        }
        // The exponent of the key is wrong by one bit: the modulus falls apart, and that is all.
        let mut d = number(record, "d");
        *d.last_mut().expect("a byte") ^= 16;
        let found = together(&[n, d, number(record, "p")], false, tries);
        let rejects: Vec<_> = found.iter().map(|t| t.key.as_ref().err()).collect();
        assert_eq!(rejects, [Some(&Reject::Inconsistent)]);
    }
    assert!(seen > 1);
}

#[test]
fn scalars_are_found_beside_their_points() {
    let curve = Curve::P256;
    let (d, other) = (vec![0x5a; 32], vec![0xa5; 32]);
    let public = |d: &[u8]| {
        let key = Key::Ec(EcKey {
            curve: Some(curve),
            parameters: None,
            d: Zeroizing::new(d.to_vec()),
            public: None,
            chain: None,
        });
        match key.check() {
            Ok(PublicKey::Ec { x, y, .. }) => (x, y),
            _ => panic!("a point"),
        }
    };
    let (x, y) = public(&d);
    let whole = curve.point(&x, &y);
    let form = 2 + (y.last().expect("a byte") & 1);
    let compressed = [&[form], x.as_slice()].concat();
    let wanted = PublicKey::Ec {
        curve,
        x: x.clone(),
        y: y.clone(),
    };
    let tries = &mut Tries::for_blob(0);
    for numbers in [
        vec![d.clone(), whole.clone()],
        vec![other.clone(), whole.clone(), d.clone()],
        vec![x.clone(), y.clone(), d.clone()],
        vec![
            d.clone(),
            other.clone(),
            x.clone(),
            other.clone(),
            y.clone(),
        ],
        vec![compressed, other.clone(), d.clone()],
        vec![[x.clone(), y.clone()].concat(), d.clone()],
    ] {
        assert_eq!(only(&together(&numbers, false, tries)), wanted);
    }
    for numbers in [
        vec![d.clone()],
        vec![whole.clone(), other.clone()],
        vec![x, other, d],
    ] {
        assert!(together(&numbers, false, tries).is_empty());
    }
    assert!(!tries.was_short());
}

/// Numbers of strangers cost no more than is given.
#[test]
fn tries_are_bounded() {
    let numbers: Vec<Vec<u8>> = (0..48_u32)
        .map(|i| {
            let digest =
                |j: u32| <sha2::Sha256 as sha2::Digest>::digest((i * 64 + j).to_be_bytes());
            let mut number: Vec<u8> = (0..16).flat_map(digest).collect();
            *number.last_mut().expect("a byte") |= 1;
            number
        })
        .collect();
    let tries = &mut Tries::for_blob(0);
    for _ in 0..2000 {
        assert!(together(&numbers, false, tries).is_empty());
        if tries.was_short() {
            return;
        }
    }
    panic!("never short");
}
