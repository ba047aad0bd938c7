//! What the path of a file says about the secrets in it.

use std::path::Path;

use super::role::last_word;
use crate::blob::Span;

/// How many folders above a file count: what is further up is the place where a
/// project lies, not a part of it.
const FOLDERS: usize = 4;

/// Folders of tests and examples.
const SHOWN: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "testing",
    "testdata",
    "spec",
    "specs",
    "fixtures",
    "__fixtures__",
    "fixture",
    "mock",
    "mocks",
    "__mocks__",
    "e2e",
    "example",
    "examples",
    "sample",
    "samples",
    "docs",
    "doc",
    "man",
    "man1",
    "man3",
    "man5",
    "man7",
    "man8",
    "testsuite",
    "testvectors",
    "test-vectors",
    "test_vectors",
    "vectors",
    "test-data",
    "integration-tests",
    "snippets",
    "i18n",
    "locales",
];
/// Folders of code that others wrote: it is changed elsewhere, and its paths are long.
const OTHERS: &[&str] = &["node_modules", "site-packages", "bower_components"];
/// Such folders that may as well be something of one's own, unless they hold folders of folders.
const OTHERS_BELOW: &[&str] = &["vendor", "third_party", "third-party", "thirdparty"];
/// How many folders above a file count of those.
const OTHERS_FOLDERS: usize = 12;
/// Ends of names of test vectors, and parts of names.
const VECTORS: &[&str] = &["vec", "rsp"];
const OF_VECTORS: &[&str] = &["vectors", "testvectors"];
/// Ends of names of documents.
const DOCUMENTS: &[&str] = &[
    "md", "mdx", "rst", "adoc", "asciidoc", "rdoc", "html", "htm", "ipynb", "svg", "lock", "po",
    "pot",
];
/// Names of documents that have no end that says so: notes on releases, descriptions of packages.
const NOTES: &[&str] = &[
    "pkg-info",
    "metadata",
    "news",
    "changes",
    "changelog",
    "readme",
];
/// Ends that such a name may have.
const NOTE_ENDS: &[&str] = &["", "txt", "gz", "debian", "debian.gz", "xz", "bz2"];
/// Parts of names of templates of configuration.
const TEMPLATES: &[&str] = &[
    ".example",
    ".sample",
    ".template",
    ".dist",
    ".tmpl",
    ".tpl",
    ".j2",
    ".erb",
    "-example",
    "_example",
    "-sample",
    ".stub",
    ".defaults",
    "example.",
];
/// Ends of names of programs, in which a bare word is an expression.
const CODE: &[&str] = &[
    "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "py", "go", "java", "kt", "kts", "scala",
    "groovy", "rb", "php", "cs", "vb", "fs", "rs", "swift", "m", "mm", "c", "h", "cc", "cpp",
    "hpp", "dart", "ex", "exs", "erl", "clj", "lua", "pl", "pm", "r", "vue", "svelte", "tf", "sol",
    "gradle", "ps1", "sql", "css", "scss", "pyc", "pyo", "class",
];
/// Ends of names of programs in whose languages backticks make no text of their own.
const WITHOUT_BACKTICKS: &[&str] = &[
    "py", "pyc", "pyi", "java", "kt", "cs", "c", "h", "cc", "cpp", "hpp", "rs", "swift", "php",
    "sh", "bash", "zsh", "ksh", "rb", "pl", "pm",
];
/// Ends of names of programs in whose languages `"$name"` is the value of a variable.
const INTERPOLATING: &[&str] = &[
    "php", "phtml", "inc", "sh", "bash", "zsh", "ksh", "pl", "pm", "kt", "kts", "groovy", "gradle",
    "dart", "ps1", "psm1", "tcl",
];

/// Whether a file shows how something is done: a test, an example, a document
/// or a template, in which a guessable secret is nobody's.
#[must_use]
pub fn is_shown(path: &Path) -> bool {
    let Some(name) = path.file_name().map(|n| n.to_string_lossy().to_lowercase()) else {
        return false;
    };
    let parts = path.parent().into_iter().flat_map(Path::components).rev();
    let lower = |part: std::path::Component<'_>| part.as_os_str().to_string_lossy().to_lowercase();
    let mut folders = parts.take(OTHERS_FOLDERS).map(lower).enumerate();
    let shown = |(above, part): (usize, String)| {
        let part = part.as_str();
        above < FOLDERS && SHOWN.contains(&part)
            || OTHERS.contains(&part)
            || above > 1 && OTHERS_BELOW.contains(&part)
    };
    let stem = name
        .rsplit_once('.')
        .map_or(name.as_str(), |(stem, _)| stem);
    let original = path
        .file_name()
        .map(|n| n.to_string_lossy())
        .unwrap_or_default();
    let original = original
        .rsplit_once('.')
        .map_or(&*original, |(stem, _)| stem);
    folders.any(shown)
        || is_document(path)
        || TEMPLATES.iter().any(|t| name.contains(t))
        || stem.starts_with("test_")
        || [
            ".test",
            ".spec",
            "_test",
            "_spec",
            "-test",
            ".e2e-spec",
            "-spec",
        ]
        .iter()
        .any(|t| stem.ends_with(t))
        || ["Test", "Tests", "Spec", "IT", "TestCase"]
            .iter()
            .any(|t| original.ends_with(t))
        || matches!(stem, "conftest" | "tests" | "readme" | "changelog")
}

/// Whether a file is written for people to read.
#[must_use]
pub fn is_document(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    let (stem, end) = name.split_once('.').unwrap_or((&name, ""));
    ends_in(path, DOCUMENTS) || NOTES.contains(&stem) && NOTE_ENDS.contains(&end)
}

/// Whether a file holds published inputs and outputs of algorithms: the secrets in it are known.
pub(super) fn is_vectors(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    ends_in(path, VECTORS)
        || name
            .split(['.', '-', '_'])
            .any(|part| OF_VECTORS.contains(&part))
}

/// What stands before the name of a parameter in comments that describe it: Sphinx, Javadoc, Doxygen.
const DESCRIBED: &[&[u8]] = &[
    b":param", b":arg", b":type", b":ivar", b":var", b"@param", b"\\param",
];

/// Longest line that is looked at for what would make it a heading, in bytes. A longer one is.
const MAX_LINE: usize = 512;

/// Whether what stands at `at` may be the heading of names on later lines: of an object, a section
/// or an element, or of lines that are indented further.
pub(super) fn is_heading(bytes: &[u8], at: usize) -> bool {
    let line = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        let rest = rest.get(..MAX_LINE).unwrap_or(rest);
        let end = memchr::memchr(b'\n', rest)?;
        Some((rest.get(..end)?, at + end + 1))
    };
    let Some((rest, mut next)) = line(at) else {
        return true;
    };
    if rest.iter().any(|b| matches!(b, b'{' | b'[' | b']' | b'>')) {
        return true;
    }
    let blanks = |line: &[u8]| {
        line.iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count()
    };
    let before = bytes
        .get(at.saturating_sub(MAX_LINE)..at)
        .unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
    let indent = blanks(before.get(start..).unwrap_or_default());
    // A few empty lines may stand between.
    for _ in 0..4 {
        let Some((text, behind)) = line(next) else {
            break;
        };
        let trimmed = text.trim_ascii();
        if !trimmed.is_empty() {
            return blanks(text) > indent || trimmed.starts_with(b"{");
        }
        next = behind;
    }
    true
}

/// Whether a name that begins at `at` is that of a parameter which a comment describes.
pub(super) fn is_described(bytes: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(AROUND);
    let before = bytes.get(from..at).unwrap_or_default();
    let before = before.strip_suffix(b" ").map(<[u8]>::trim_ascii_end);
    before.is_some_and(|before| DESCRIBED.iter().any(|mark| before.ends_with(mark)))
}

/// Whether binary data stand around a span: text of programs and of their tables.
pub(super) fn is_binary(bytes: &[u8], span: &Span) -> bool {
    let from = span.start.saturating_sub(AROUND);
    let to = span.end.saturating_add(AROUND).min(bytes.len());
    bytes.get(from..to).is_some_and(|near| near.contains(&0))
}

/// Bytes around a value that tell whether it stands in text.
const AROUND: usize = 256;

/// What functions do, in parts of their names, that take a value and hand it on.
const HANDING_ON: &[&[u8]] = &[
    b"env",
    b"get",
    b"from",
    b"byte",
    b"code",
    b"key",
    b"secret",
    b"default",
    b"str",
    b"text",
    b"buf",
    b"conf",
    b"val",
    b"hash",
    b"fetch",
    b"opt",
    b"utf8",
    b"hex",
    b"base64",
    b"concat",
    b"set",
    b"orelse",
    b"unwrap_or",
    b"arg",
    b"param",
];

/// Parts of the names of functions that make or want something else of what they take.
const TAKING_OTHER: &[&[u8]] = &[
    b"agree",
    b"derive",
    b"expand",
    b"extract",
    b"label",
    b"calculate",
    b"exchange",
    b"generate",
    b"require",
    b"assert",
    b"print",
    b"error",
    b"throw",
    b"format",
    b"log",
    b"equal",
    b"streq",
    b"cmp",
    b"compar",
    b"match",
    b"contain",
    b"context",
    b"exception",
    b"update",
    b"build",
];

/// Whether the literal at `at` is the value of the name that ends at `from` itself, or the
/// argument of a function that hands it on: what declares a field takes its type's name.
pub(super) fn is_handed_on(bytes: &[u8], from: usize, at: usize) -> bool {
    let callee = callee(bytes, from, at).unwrap_or_default();
    callee.is_empty() || has_part(&callee, HANDING_ON) && !has_part(&callee, TAKING_OTHER)
}

/// Whether the literal at `at`, within the arguments of the call whose name ends at `from`, is that
/// of another call there that makes or wants something else of it.
pub(super) fn is_taken_otherwise(bytes: &[u8], from: usize, at: usize) -> bool {
    callee(bytes, from, at).is_some_and(|callee| has_part(&callee, TAKING_OTHER))
}

/// Returns the name, in lower case, of the function or macro to which a literal at `at` is handed
/// behind `from`; `None` if it stands in no brackets there.
fn callee(bytes: &[u8], from: usize, at: usize) -> Option<Vec<u8>> {
    let between = bytes.get(from.max(at.saturating_sub(AROUND))..at)?;
    let mut depth = 0_usize;
    let open = between.iter().rposition(|byte| match byte {
        b')' => {
            depth += 1;
            false
        }
        b'(' if depth == 0 => true,
        b'(' => {
            depth -= 1;
            false
        }
        _ => false,
    })?;
    let before = between.get(..open)?;
    let before = before.strip_suffix(b"!").unwrap_or(before);
    Some(last_word(before).to_ascii_lowercase())
}

fn has_part(name: &[u8], parts: &[&[u8]]) -> bool {
    let stands = |part: &&[u8]| memchr::memmem::find(name, part).is_some();
    parts.iter().any(stands)
}

/// Whether a colon and a blank stand before a value: in a program, what a member is made of
/// or of what type it is.
pub(super) fn is_behind_colon(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(AROUND)..at).unwrap_or_default();
    before.ends_with(b" ") && before.trim_ascii_end().ends_with(b":")
}

/// Whether a file is a program, as far as its name tells.
pub(super) fn is_code(path: &Path) -> bool {
    ends_in(path, CODE)
}

/// Whether a quoted text is marked up in a comment: by backticks, where they quote nothing.
pub(super) fn is_marked_up(bytes: &[u8], span: &Span, path: &Path) -> bool {
    let quote = span.start.checked_sub(1).and_then(|i| bytes.get(i));
    quote == Some(&b'`') && ends_in(path, WITHOUT_BACKTICKS)
}

/// Whether a text in double quotes is made of variables: `"$name"`, where that means one.
pub(super) fn is_interpolated(bytes: &[u8], span: &Span, path: &Path) -> bool {
    let quote = span.start.checked_sub(1).and_then(|i| bytes.get(i));
    if quote != Some(&b'"') || !ends_in(path, INTERPOLATING) {
        return false;
    }
    let mut text = bytes.get(span.clone()).unwrap_or_default();
    while let Some((first, rest)) = text.split_first() {
        match first {
            b'$' if matches!(
                rest.first(),
                Some(b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'{' | b'(')
            ) =>
            {
                return true;
            }
            b'\\' => text = rest.get(1..).unwrap_or_default(),
            _ => text = rest,
        }
    }
    false
}

/// Whether a value directly behind a colon is a part of a text: YAML wants a blank there.
pub(super) fn is_scope(bytes: &[u8], at: usize, path: &Path) -> bool {
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    before == Some(&b':') && is_yaml(path)
}

/// Whether a file is YAML, in which objects refer to each other by their names.
pub(super) fn is_yaml(path: &Path) -> bool {
    ends_in(path, &["yml", "yaml"])
}

/// Whether a file is configuration, as far as its name tells.
pub(super) fn is_config(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    name.starts_with(".env")
        || name.ends_with(".env")
        || name.starts_with("dockerfile")
        || ends_in(
            path,
            &[
                "yml",
                "yaml",
                "properties",
                "ini",
                "conf",
                "cfg",
                "env",
                "toml",
                "config",
                "tfvars",
                "envrc",
                "sh",
                "bash",
            ],
        )
}

fn ends_in(path: &Path, ends: &[&str]) -> bool {
    let end = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    end.is_some_and(|e| ends.contains(&e.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_templates_are_told_from_the_rest() {
        for shown in [
            ".env.example",
            "tests/auth.py",
            "src/test_auth.py",
            "a/JwtTest.java",
            "README.md",
            "x/auth.spec.ts",
            "app/node_modules/a/b/c/d/e/f.js",
            "vendor/github.com/spf13/viper/viper.go",
            "vendor/github.com/a/b/c/d/e.go",
            "third_party/a/b/c.c",
            "TestVectors/hkdf.txt",
        ] {
            assert!(is_shown(Path::new(shown)), "{shown}");
        }
        for not in [
            ".env",
            "src/auth.js",
            "tests/a/b/c/d/src/auth.js",
            "config/latest.yml",
            "src/Contest.java",
            ".env.testing",
            "vendor/auth.js",
            "apps/vendor/src/auth.js",
        ] {
            assert!(!is_shown(Path::new(not)), "{not}");
        }
    }
    #[test]
    fn notes_are_documents_and_configuration_is_not() {
        for document in [
            "PyJWT-2.6.0.egg-info/PKG-INFO",
            "x.dist-info/METADATA",
            "NEWS.gz",
            "changelog.Debian.gz",
            "guide.rst",
        ] {
            assert!(is_document(Path::new(document)), "{document}");
        }
        for not in [
            "metadata.yaml",
            "history",
            "todo",
            "news.env",
            "metadata.json",
        ] {
            assert!(!is_document(Path::new(not)), "{not}");
        }
    }

    #[test]
    fn vectors_are_told_by_their_names() {
        for vectors in [
            "kdf/hkdf.vec",
            "HMAC.rsp",
            "nip44.vectors.json",
            "test-vectors-pq.json",
        ] {
            assert!(is_vectors(Path::new(vectors)), "{vectors}");
        }
        for not in ["vectorstore.json", "vec", "src/vec.rs", "vectors/app.env"] {
            assert!(!is_vectors(Path::new(not)), "{not}");
        }
    }

    #[test]
    fn variables_in_double_quotes_are_no_text() {
        let is = |text: &str, path: &str| {
            is_interpolated(text.as_bytes(), &(1..text.len() - 1), Path::new(path))
        };
        for text in ["\"\\0$secret\"", "\"a-${b}\"", "\"$(cat a)\""] {
            assert!(is(text, "a.php"), "{text}");
        }
        for text in ["'$secret'", "\"a\\$secret\"", "\"a$ b$1\""] {
            assert!(!is(text, "a.php"), "{text}");
        }
        assert!(!is("\"a$secret\"", "a.json"));
    }

    #[test]
    fn headings_have_something_below_them() {
        for text in [
            "jwt:\n  key: x\n",
            "jwt:\n\n  key: x\n",
            "[jwt]\nkey = x\n",
            "class Jwt\n{\n",
            "<jwt>\n<key>\n",
            "\"jwt\": {\n\"key\": 1\n",
            "  jwt\r\n    key\r\n",
            "jwt",
            "jwt:\n",
        ] {
            let at = text.to_ascii_lowercase().find("jwt").expect("a trigger");
            assert!(is_heading(text.as_bytes(), at), "{text}");
        }
        for text in [
            "  jwt = 1\n  key = 2\n",
            "    # the jwt\n    key\n",
            "    jwt()\n\nkey\n",
        ] {
            let at = text.find("jwt").expect("a trigger");
            assert!(!is_heading(text.as_bytes(), at), "{text}");
        }
    }

    #[test]
    fn comments_describe_parameters() {
        for text in [
            ":param secret: our own",
            "@param  secret",
            "\\param secret x",
        ] {
            let at = text.find("secret").expect("a name");
            assert!(is_described(text.as_bytes(), at), "{text}");
        }
        for text in ["secret: our own", "param secret", ":params secret"] {
            let at = text.find("secret").expect("a name");
            assert!(!is_described(text.as_bytes(), at), "{text}");
        }
    }
}
