//! The bags of a PKCS#12 store (RFC 7292 section 4.2), gathered.

use zeroize::Zeroizing;

use crate::format::structure;
use crate::identity::x509;
use crate::key::password::{Scheme, TrialBudget, Word};
use crate::key::{PublicKey, Reject};
use crate::wire::ber;
use crate::wire::der::{self, Reader};

/// PKCS#7 content types: 1.2.840.113549.1.7.
const PKCS7: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07];
/// Bag types: 1.2.840.113549.1.12.10.1.
const BAGS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01];
/// 1.2.840.113549.1.9: attributes 20 (friendlyName) and 21 (localKeyId).
const PKCS9: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09];
/// Nesting of safeContentsBag.
const MAX_DEPTH: u8 = 4;
/// Bags of one kind in one store: a store of trusted roots has 150.
const MAX_BAGS: usize = 4096;
/// Longest name that is taken, in UTF-16 units.
const MAX_NAME: usize = 128;

/// What a store holds.
#[derive(Default)]
pub(super) struct Safe {
    /// Private keys, clear and shrouded.
    pub(super) keys: Vec<KeyBag>,
    /// Secret keys, shrouded.
    pub(super) secrets: Vec<KeyBag>,
    /// Encrypted contents, written as EncryptedPrivateKeyInfo is.
    pub(super) encrypted: Vec<Vec<u8>>,
    certificates: Vec<(PublicKey, Option<Vec<u8>>)>,
}

/// A key in its bag.
#[derive(Default)]
pub(super) struct KeyBag {
    /// PrivateKeyInfo or EncryptedPrivateKeyInfo.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Whether it is encrypted.
    pub(super) shrouded: bool,
    /// friendlyName.
    pub(super) name: Option<String>,
    id: Option<Vec<u8>>,
}

impl KeyBag {
    /// Returns the encrypted bytes alone.
    pub(super) fn encrypted(&self) -> &[u8] {
        encrypted_key(&self.bytes).map_or(self.bytes.as_slice(), |(_, data)| data)
    }
}

/// Reads a ContentInfo of the type `data`.
pub(super) fn data<'a>(info: &mut Reader<'a>) -> Result<&'a [u8], Reject> {
    if info.oid()?.strip_prefix(PKCS7) != Some(&[1]) {
        return Err(Reject::NotThisFormat);
    }
    Ok(Reader::new(info.expect(der::context(0))?).octets()?)
}

/// Reads an EncryptedPrivateKeyInfo: scheme and encrypted bytes.
pub(super) fn encrypted_key(bytes: &[u8]) -> Result<(Result<Scheme<'_>, Reject>, &[u8]), Reject> {
    let mut fields = Reader::new(bytes).sequence()?;
    let scheme = Scheme::read(&mut fields.clone());
    fields.sequence()?;
    Ok((scheme, fields.octets()?))
}

/// Whether plain bytes are SafeContents: nested SEQUENCEs, as long as they are.
pub(super) fn is_contents(plain: &[u8]) -> bool {
    let mut reader = Reader::new(plain);
    match reader.read_tlv_ber() {
        Ok(contents) => {
            let bag = Reader::new(contents.value).peek();
            contents.tag == der::SEQUENCE && reader.is_empty() && bag == Some(der::SEQUENCE)
        }
        Err(_) => false,
    }
}

impl Safe {
    /// Reads an AuthenticatedSafe.
    pub(super) fn read_authenticated(&mut self, bytes: &[u8]) -> Result<(), Reject> {
        let (safe, _) = ber::definite(bytes)?;
        let mut infos = Reader::new(&safe).sequence()?;
        while !infos.is_empty() {
            let mut info = infos.sequence()?;
            match info.oid()?.strip_prefix(PKCS7) {
                Some([1]) => {
                    let contents = Reader::new(info.expect(der::context(0))?).octets()?;
                    self.contents(contents, MAX_DEPTH)?;
                }
                Some([6]) if self.encrypted.len() < MAX_BAGS => {
                    self.encrypted.push(encrypted_data(info)?);
                }
                // Encrypted for the holder of another key, or unknown.
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads SafeContents that were decrypted.
    pub(super) fn read_contents(&mut self, bytes: &[u8]) -> Result<(), Reject> {
        self.contents(bytes, MAX_DEPTH)
    }

    fn contents(&mut self, bytes: &[u8], depth: u8) -> Result<(), Reject> {
        let depth = depth.checked_sub(1).ok_or(Reject::TooLarge)?;
        let (contents, _) = ber::definite(bytes)?;
        let mut bags = Reader::new(&contents).sequence()?;
        while !bags.is_empty() {
            let mut bag = bags.sequence()?;
            let Some(&[kind]) = bag.oid()?.strip_prefix(BAGS) else {
                continue;
            };
            let value = bag.expect(der::context(0))?;
            let attributes = match bag.is_empty() {
                true => Attributes::default(),
                false => Attributes::read(Reader::new(bag.expect(der::SET)?)),
            };
            match kind {
                1 | 2 if self.keys.len() < MAX_BAGS => {
                    self.keys.push(attributes.bag(value, kind == 2))
                }
                3 if self.certificates.len() < MAX_BAGS => {
                    if let Ok(public) = certificate(value) {
                        self.certificates.push((public, attributes.id));
                    }
                }
                5 if self.secrets.len() < MAX_BAGS => {
                    let mut secret = Reader::new(value).sequence()?;
                    secret.oid()?;
                    let inner = Reader::new(secret.expect(der::context(0))?).octets()?;
                    self.secrets.push(attributes.bag(inner, true));
                }
                6 => self.contents(value, depth)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether there is something that a password would open and that could be
    /// a private key.
    pub(super) fn wants_password(&self) -> bool {
        let shrouded = self.keys.iter().any(|bag| bag.shrouded) || !self.secrets.is_empty();
        shrouded || (self.keys.is_empty() && !self.encrypted.is_empty())
    }

    /// Returns what a password would first be needed for.
    fn first_encrypted(&self) -> Option<(&[u8], fn(&[u8]) -> bool)> {
        let key = self
            .keys
            .iter()
            .find(|bag| bag.shrouded)
            .or(self.secrets.first());
        let key = key.map(|bag| {
            (
                bag.bytes.as_slice(),
                structure::is_private_key as fn(&[u8]) -> bool,
            )
        });
        key.or_else(|| {
            self.encrypted
                .first()
                .map(|bytes| (bytes.as_slice(), is_contents as fn(&[u8]) -> bool))
        })
    }

    /// Tries words on the first thing that is encrypted: for stores without an
    /// integrity check.
    pub(super) fn word(&self, trials: &mut TrialBudget) -> Option<Word> {
        let (bytes, fits) = self.first_encrypted()?;
        let (scheme, data) = encrypted_key(bytes).ok()?;
        // It is opened again with the word, for every bag alike.
        let opened = scheme.ok()?.open(data, fits, trials)?;
        Some(opened.word)
    }

    /// Returns the public half that a certificate shows of a key: by localKeyId,
    /// or because there is one of each.
    pub(super) fn certificate_of(&self, bag: &KeyBag, alone: bool) -> Option<PublicKey> {
        let same = |id: &Option<Vec<u8>>| id.is_some() && *id == bag.id;
        let by_id = self.certificates.iter().find(|(_, id)| same(id));
        let only = match self.certificates.as_slice() {
            [only] if alone => Some(only),
            _ => None,
        };
        by_id.or(only).map(|(public, _)| public.clone())
    }
}

/// Reads EncryptedData (RFC 5652 section 8) and writes it as an
/// EncryptedPrivateKeyInfo, which holds the same in one place.
fn encrypted_data(mut info: Reader<'_>) -> Result<Vec<u8>, Reject> {
    let mut data = Reader::new(info.expect(der::context(0))?).sequence()?;
    data.small_int()?;
    let mut content = data.sequence()?;
    content.oid()?;
    let algorithm = content.expect(der::SEQUENCE)?;
    let encrypted = content.read_tlv()?;
    let joined;
    let encrypted = match encrypted.tag {
        tag if tag == der::context_primitive(0) => encrypted.value,
        tag if tag == der::context(0) => {
            joined = ber::pieces(encrypted.value)?;
            joined.as_slice()
        }
        _ => return Err(Reject::BadTag),
    };
    let mut out = crate::wire::writer::DerWriter::new();
    out.sequence(|der| {
        der.tlv(der::SEQUENCE, algorithm).octets(encrypted);
    });
    Ok(out.finish())
}

/// Reads a CertBag; certificates in SDSI form do not occur.
fn certificate(value: &[u8]) -> Result<PublicKey, Reject> {
    let mut fields = Reader::new(value).sequence()?;
    fields.oid()?;
    let der = Reader::new(fields.expect(der::context(0))?).octets()?;
    x509::parse(der).map(|certificate| certificate.public)
}

#[derive(Default)]
struct Attributes {
    name: Option<String>,
    id: Option<Vec<u8>>,
}

impl Attributes {
    /// Reads what is known; attributes are of no use when they are odd.
    fn read(mut set: Reader<'_>) -> Self {
        let mut attributes = Self::default();
        while let Ok(mut attribute) = set.sequence() {
            let Ok(oid) = attribute.oid() else { continue };
            let Ok(value) = attribute
                .expect(der::SET)
                .and_then(|set| Reader::new(set).read_tlv())
            else {
                continue;
            };
            match oid.strip_prefix(PKCS9) {
                Some([20]) => {
                    let units = value.value.chunks_exact(2).take(MAX_NAME);
                    let units: Vec<u16> = units
                        .map(|u| u.iter().fold(0, |n, &b| n << 8 | u16::from(b)))
                        .collect();
                    attributes.name = String::from_utf16(&units)
                        .ok()
                        .filter(|name| !name.is_empty());
                }
                Some([21]) => attributes.id = Some(value.value.to_vec()),
                _ => {}
            }
        }
        attributes
    }

    fn bag(self, bytes: &[u8], shrouded: bool) -> KeyBag {
        KeyBag {
            bytes: Zeroizing::new(bytes.to_vec()),
            shrouded,
            name: self.name,
            id: self.id,
        }
    }
}
