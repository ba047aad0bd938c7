//! SAML metadata and other XML with X.509 certificates (XML Signature section 4.5.4).
//!
//! ```text
//! <md:EntityDescriptor entityID="https://idp.example">  … <ds:X509Certificate>base64 of DER</…>
//! ```
//!
//! Only the elements are looked for, under whatever prefix; nothing is expanded.

use super::{Document, Draft, Fact, Importer, certificate};
use crate::inventory::{Entry, Holding};

/// End of the name of the element, of any prefix.
const ELEMENT: &str = "X509Certificate";

/// XML with certificates.
pub(super) struct Xml;

impl Importer for Xml {
    fn id(&self) -> &'static str {
        "saml"
    }

    fn about(&self) -> &'static str {
        "SAML metadata, and other XML with X509Certificate elements"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.text.is_some_and(|text| {
            text.trim_start().starts_with('<') && elements(text).next().is_some()
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let text = document.text.unwrap_or_default();
        let entity = attribute(text, "entityID").unwrap_or(document.stem());
        for (at, body) in elements(text).enumerate() {
            let record = format!("{ELEMENT}[{at}]");
            match certificate::read_base64(body) {
                Ok(certificate) => {
                    let holding = Holding {
                        source: format!("saml:{}", document.path),
                        state: Some("active".to_owned()),
                        ..certificate.holding
                    };
                    let name = match certificate.entry.name.as_str() {
                        "" => entity.to_owned(),
                        subject => format!("{entity} {subject}"),
                    };
                    let entry = Entry {
                        name,
                        holdings: vec![holding],
                        ..certificate.entry
                    };
                    draft.fact(Fact {
                        rank: 4,
                        entry,
                        ..Fact::default()
                    });
                }
                Err(why) => draft.error(&record, "X509Certificate", why),
            }
        }
    }
}

/// Returns the contents of the certificate elements.
fn elements(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (before, after) = rest.split_once(ELEMENT)?;
            rest = after;
            let name = before.rsplit('<').next().unwrap_or_default();
            let is_open =
                name.is_empty() || (name.ends_with(':') && !name.contains(['/', ' ', '>']));
            let (attributes, body) = after.split_once('>')?;
            let (body, _) = body.split_once('<')?;
            if is_open
                && before.contains('<')
                && !attributes.ends_with('/')
                && !attributes.contains('<')
            {
                return Some(body);
            }
        }
    })
}

/// Returns the value of the first attribute of this name.
fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = text.split_once(name)?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    value.get(1..)?.split(quote).next()
}
