//! What the path of a file says about the secrets in it.

use std::path::Path;

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
    "node_modules",
    "site-packages",
    "testsuite",
    "test-data",
    "integration-tests",
    "snippets",
    "i18n",
    "locales",
];
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
    "gradle", "ps1", "sql", "css", "scss",
];

/// Whether a file shows how something is done: a test, an example, a document
/// or a template, in which a guessable secret is nobody's.
#[must_use]
pub fn is_shown(path: &Path) -> bool {
    let Some(name) = path.file_name().map(|n| n.to_string_lossy().to_lowercase()) else {
        return false;
    };
    let folders = path
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .rev()
        .take(FOLDERS);
    let shown = |part: std::path::Component<'_>| {
        SHOWN.contains(&part.as_os_str().to_string_lossy().to_lowercase().as_str())
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
    folders.into_iter().any(shown)
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

/// What stands before the name of a parameter in comments that describe it: Sphinx, Javadoc, Doxygen.
const DESCRIBED: &[&[u8]] = &[
    b":param", b":arg", b":type", b":ivar", b":var", b"@param", b"\\param",
];

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
    b"set",
    b"orelse",
    b"unwrap_or",
    b"arg",
    b"param",
];

/// Whether a literal is a value itself, or the argument of a function that hands it on: what
/// declares a field takes its type's name.
pub(super) fn is_taken_as_value(bytes: &[u8], span: &Span) -> bool {
    let before = bytes.get(span.start.saturating_sub(AROUND)..span.start);
    let before = before.unwrap_or_default().trim_ascii_end();
    let quotes = before
        .iter()
        .rev()
        .take_while(|b| b"\"'`bBuUrRfF@".contains(b));
    let before = before
        .get(..before.len() - quotes.count())
        .unwrap_or_default();
    let Some(before) = before.strip_suffix(b"(") else {
        return true;
    };
    let name = before.iter().rev();
    let name = name
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .count();
    let callee = before
        .get(before.len() - name..)
        .unwrap_or_default()
        .to_ascii_lowercase();
    callee.is_empty()
        || HANDING_ON
            .iter()
            .any(|part| memchr::memmem::find(&callee, part).is_some())
}

/// Whether a file is a program, as far as its name tells.
pub(super) fn is_code(path: &Path) -> bool {
    ends_in(path, CODE)
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
