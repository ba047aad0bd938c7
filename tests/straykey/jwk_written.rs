//! JWKs as programs have them: as text in string literals, in cells and in elements, as maps and as
//! statements. Keys are those of `testdata/jwk`.

use std::fs;

use crate::cases::{folder, scan, testdata, words};

type Members = Vec<(String, String)>;

/// Writes members in some way.
type Shape = fn(&[(String, String)]) -> String;

/// Writes each member, and joins what was written.
fn each(members: &[(String, String)], seam: &str, write: fn(&str, &str) -> String) -> String {
    let members = members.iter().map(|(name, value)| write(name, value));
    members.collect::<Vec<_>>().join(seam)
}

/// The lines of a JWK in which every quote is `quote`.
fn lines(members: &[(String, String)], quote: &str) -> Vec<String> {
    let member =
        |(name, value): &(String, String)| format!("{quote}{name}{quote}: {quote}{value}{quote}");
    let members: Vec<String> = members.iter().map(member).collect();
    let text = format!("{{\n{}\n}}", members.join(",\n"));
    text.lines().map(str::to_owned).collect()
}

fn capital(name: &str) -> String {
    match name {
        "dp" | "dq" | "qi" => name.to_uppercase(),
        _ => name[..1].to_uppercase() + &name[1..],
    }
}

const SHAPES: &[(&str, Shape)] = &[
    ("Java, + in front", |m| {
        let text = lines(m, "\\\"").join("\"\n    + \"");
        format!("class A {{\n  String k = \"{text}\";\n}}")
    }),
    ("Java, + behind", |m| {
        let text = lines(m, "\\\"").join("\" +\n    \"");
        format!("class A {{\n  String k = \"{text}\";\n}}")
    }),
    ("Java, + behind and on one line", |m| {
        format!("String k = \"{}\";", lines(m, "\\\"").join("\" + \""))
    }),
    ("a set in Java", |m| {
        let text = lines(m, "\\\"").join("\"\n    + \"");
        format!("String k = \"{{\\\"keys\\\":[\"\n  + \"{text}\"\n  + \"]}}\";")
    }),
    ("C", |m| {
        let text = lines(m, "\\\"").join("\"\n  \"");
        format!("const char *k = \"{text}\";")
    }),
    ("JavaScript in single quotes", |m| {
        format!("var k = '{}';", lines(m, "\"").join("' +\n  '"))
    }),
    ("Haskell and Elixir", |m| {
        format!("k = \"{}\"", lines(m, "\\\"").join("\"\n  <> \""))
    }),
    ("SQL", |m| {
        format!("k = '{}'", lines(m, "\"").join("' || '"))
    }),
    ("PHP in single quotes", |m| {
        format!("$k = '{}';", lines(m, "\"").join("'\n  . '"))
    }),
    ("Python in parentheses", |m| {
        format!("k = ('{}')", lines(m, "\"").join("'\n     '"))
    }),
    ("a verbatim string", |m| {
        format!(
            "class A {{ string k = @\"{}\"; }}",
            lines(m, "\"\"").join("\n")
        )
    }),
    ("a verbatim string of one line", |m| {
        format!(
            "class A {{ string k = @\"{}\"; }}",
            lines(m, "\"\"").concat()
        )
    }),
    ("Visual Basic", |m| {
        format!("Dim k = \"{}\"", lines(m, "\"\"").join("\" & _\r\n  \""))
    }),
    ("CSV", |m| {
        format!(
            "id,key,n\n1,\"{}\",\"\"\n2,\"a\"\"b\",\"x\"",
            lines(m, "\"\"").concat()
        )
    }),
    ("CSV with line breaks", |m| {
        format!("1,\"{}\"", lines(m, "\"\"").join("\n"))
    }),
    ("XML", |m| {
        format!(
            "<keys><k id=\"1\">{}</k></keys>",
            lines(m, "&quot;").concat()
        )
    }),
    ("an attribute", |m| {
        format!(
            "<div data-key=\"{}\" class=\"x\"></div>",
            lines(m, "&#34;").concat()
        )
    }),
    ("HTML", |m| {
        format!("<pre>{}</pre>", lines(m, "&#x22;").join("\n"))
    }),
    ("HTML in HTML", |m| {
        format!("<pre>{}</pre>", lines(m, "&amp;quot;").join("\n"))
    }),
    ("an array of PHP", |m| {
        let pairs = each(m, ",\n  ", |n, v| format!("'{n}' => '{v}'"));
        format!("function f() {{ return [\n  {pairs},\n  'key_ops' => ['sign'],\n]; }}")
    }),
    ("an array of PHP in a call", |m| {
        let pairs = each(m, ", ", |n, v| format!("\"{n}\" => \"{v}\""));
        format!("$k = new JWK([{pairs}]);")
    }),
    ("Swift", |m| {
        format!(
            "let k = [{}]",
            each(m, ", ", |n, v| format!("\"{n}\": \"{v}\""))
        )
    }),
    ("Objective-C", |m| {
        format!(
            "id k = @{{{}}};",
            each(m, ", ", |n, v| format!("@\"{n}\": @\"{v}\""))
        )
    }),
    ("a dictionary of C#", |m| {
        let pairs = each(m, ",\n    ", |n, v| format!("{{ \"{n}\", \"{v}\" }}"));
        format!("var k = new Dictionary<string, object>\n{{\n    {pairs}\n}};")
    }),
    ("a map of C++", |m| {
        let pairs = each(m, ",", |n, v| format!("{{\"{n}\",\"{v}\"}}"));
        format!("std::map<std::string, std::string> k{{{pairs}}};")
    }),
    ("an object of .NET", |m| {
        let members = m
            .iter()
            .map(|(n, v)| format!("    {} = \"{v}\",\n", capital(n)));
        format!(
            "var k = new JsonWebKey\n{{\n{}}};",
            members.collect::<String>()
        )
    }),
    ("JSON of an object of .NET", |m| {
        let members = m.iter().map(|(n, v)| format!("\"{}\":\"{v}\"", capital(n)));
        format!("{{{},\"X5c\":[]}}", members.collect::<Vec<_>>().join(","))
    }),
    ("statements about an object of .NET", |m| {
        let members = m
            .iter()
            .map(|(n, v)| format!("    key.{} = \"{v}\";\n", capital(n)));
        format!("void F() {{\n{}}}", members.collect::<String>())
    }),
    ("Map.of", |m| {
        let pairs = each(m, ",\n    ", |n, v| format!("\"{n}\", \"{v}\""));
        format!("Map<String,Object> k = Map.of(\n    {pairs});")
    }),
    ("Map.ofEntries", |m| {
        let pairs = each(m, ", ", |n, v| format!("entry(\"{n}\", \"{v}\")"));
        format!("var k = Map.ofEntries({pairs});")
    }),
    ("put", |m| {
        let puts = each(m, "\n", |n, v| format!("    k.put(\"{n}\", \"{v}\");"));
        format!("void f() {{\n    Map<String, Object> k = new HashMap<>();\n{puts}\n}}")
    }),
    ("put in braces", |m| {
        let puts = each(m, " ", |n, v| format!("put(\"{n}\", \"{v}\");"));
        format!("var k = new HashMap<String, Object>() {{{{ {puts} }}}};")
    }),
    ("Kotlin", |m| {
        let pairs = each(m, ",\n  ", |n, v| format!("\"{n}\" to \"{v}\""));
        format!("val k = mapOf(\n  {pairs})")
    }),
    ("Scala", |m| {
        format!(
            "val k = Map({})",
            each(m, ", ", |n, v| format!("\"{n}\" -> \"{v}\""))
        )
    }),
    ("subscripts of Python", |m| {
        let lines = each(m, "\n", |n, v| format!("k['{n}'] = '{v}'"));
        format!("k = {{}}\n{lines}\nsign(k)")
    }),
    ("subscripts of PHP", |m| {
        each(m, "\n", |n, v| format!("  $this->key['{n}'] = '{v}';"))
    }),
    ("properties of JavaScript", |m| {
        each(m, "\n", |n, v| format!("key.{n} = \"{v}\";"))
    }),
    ("pairs of Python", |m| {
        format!(
            "k = dict([{}])",
            each(m, ", ", |n, v| format!("('{n}', '{v}')"))
        )
    }),
    ("pairs of JavaScript", |m| {
        format!(
            "let k = new Map([{}]);",
            each(m, ",\n ", |n, v| format!("['{n}', '{v}']"))
        )
    }),
    ("Clojure", |m| {
        format!(
            "(def k {{{}}})",
            each(m, " ", |n, v| format!(":{n} \"{v}\""))
        )
    }),
    ("symbols of Ruby", |m| {
        format!(
            "k = {{ {} }}",
            each(m, ", ", |n, v| format!(":{n} => '{v}'"))
        )
    }),
    ("a map of Erlang", |m| {
        let pairs = each(m, ", ", |n, v| format!("<<\"{n}\">> => <<\"{v}\">>"));
        format!("K = #{{{pairs}}}.")
    }),
    ("a list of Erlang", |m| {
        let pairs = each(m, ",\n ", |n, v| format!("{{<<\"{n}\">>, <<\"{v}\">>}}"));
        format!("K = [{pairs}].")
    }),
];

/// Files of `testdata/jwk` that are tried in every shape.
const FILES: [&str; 3] = ["good-ec-p256.jwk", "good-rsa-2048.jwk", "good-ed25519.jwk"];

/// Returns the keys that are tried: their members, and what a scan says of them.
fn keys() -> Vec<(Members, String)> {
    let cases = folder("jwk");
    let key = |file: &&str| {
        let text = fs::read(testdata().join("jwk").join(file)).expect("readable");
        let object: serde_json::Map<_, _> = serde_json::from_slice(&text).expect("JSON");
        let members = object.into_iter().map(|(name, value)| {
            let value = value.as_str().expect("text");
            (name, value.to_owned())
        });
        let case = cases.iter().find(|case| case.name() == *file);
        let wanted = case.expect("in expect.toml").wanted();
        (members.collect(), wanted.concat())
    };
    FILES.iter().map(key).collect()
}

/// Members from another one on.
fn turned(members: &Members, by: usize) -> Members {
    let mut turned = members.clone();
    turned.rotate_left(by % members.len());
    turned
}

fn check(name: &str, text: &str, want: &[&str]) -> Option<String> {
    let mut want: Vec<&str> = want.to_vec();
    want.sort_unstable();
    let got = words(&scan(text.as_bytes()));
    (got != want).then(|| format!("{name}: expected {want:?}, got {got:?}\n{text}\n"))
}

fn none(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{}\n{} wrong",
        wrong.join("\n"),
        wrong.len()
    );
}

#[test]
fn a_jwk_is_found_in_every_shape_wherever_its_type_stands() {
    let keys = keys();
    let mut wrong = Vec::new();
    for (name, shape) in SHAPES {
        for (members, want) in &keys {
            let kty = members.iter().position(|(name, _)| name == "kty");
            let kty = kty.expect("a JWK");
            for first in [0, kty, kty + 1] {
                wrong.extend(check(name, &shape(&turned(members, first)), &[want]));
            }
        }
    }
    none(&wrong);
}

#[test]
fn two_keys_are_not_mixed() {
    let keys = keys();
    let [(ec, one), (rsa, two), (ed, three)] = keys.as_slice() else {
        panic!("{} keys", keys.len());
    };
    let mut wrong = Vec::new();
    for (name, shape) in SHAPES {
        for seam in ["\n\n", "\nfoo();\n"] {
            for by in 0..3 {
                let texts = [ec, rsa, ed].map(|members| shape(&turned(members, by)));
                wrong.extend(check(name, &texts.join(seam), &[one, two, three]));
            }
        }
    }
    none(&wrong);
}

#[test]
fn a_public_half_is_silent_in_every_shape() {
    const PRIVATE: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];
    let mut wrong = Vec::new();
    for (name, shape) in SHAPES {
        for (mut members, _) in keys() {
            members.retain(|(name, _)| !PRIVATE.contains(&name.as_str()));
            wrong.extend(check(name, &shape(&members), &[]));
        }
    }
    none(&wrong);
}

/// In a program a word without quotes is no value.
#[test]
fn names_of_variables_are_no_secrets() {
    const NAME: &str = "JsonWebKeySymmetricBytesEncoded128";
    for text in [
        format!("new JsonWebKey {{ K = {NAME}, Kty = JsonWebAlgorithmsKeyTypes.Octet }}"),
        format!("key.Kty = \"oct\";\nkey.K = {NAME};\n"),
        format!("k.put(\"kty\", \"oct\");\nk.put(\"k\", {NAME});\n"),
        format!("k['kty'] = 'oct'\nk['k'] = {NAME}\n"),
        format!("Map.of(\"kty\", \"oct\", \"k\", {NAME})"),
        format!("{{ {{ \"kty\", \"oct\" }}, {{ \"k\", {NAME} }} }}"),
        format!("mapOf(\"kty\" to \"oct\", \"k\" to {NAME})"),
        format!("const k = {{ kty: 'oct', k: {NAME} }};"),
        "#{<<\"kty\">> => <<\"oct\">>, <<\"k\">> => jose_base64url:encode(Key)}".to_owned(),
        "json!({\"kty\": \"oct\", \"k\": signing_secretstore::encode(key)})".to_owned(),
    ] {
        let seen = words(&scan(text.as_bytes()));
        assert!(seen.is_empty(), "{text}: {seen:?}");
    }
}

/// What is left of the text that a name stands in must be no other key.
#[test]
fn a_shape_that_breaks_off_shows_no_other_key() {
    let mut wrong = Vec::new();
    for (name, shape) in SHAPES {
        for (members, want) in keys() {
            let text = shape(&members);
            for cut in (0..text.len()).step_by(41) {
                let seen = words(&scan(&text.as_bytes()[..cut]));
                let strange = |word: &&String| word.starts_with("private ") && **word != want;
                if let Some(word) = seen.iter().find(strange) {
                    wrong.push(format!("{name}: first {cut} bytes: {word}"));
                }
            }
        }
    }
    none(&wrong);
}

#[test]
fn the_line_is_that_of_the_brace() {
    let (members, _) = keys().remove(0);
    for (text, line) in [
        (lines(&members, "\\\"").join("\"\n  + \""), 2),
        (lines(&members, "&quot;").join("\n"), 2),
    ] {
        let seen = scan(format!("x\n\"{text}\"\n").as_bytes());
        assert_eq!(seen.len(), 1, "{text}");
        assert_eq!(seen[0].region.line, line, "{text}");
    }
}
