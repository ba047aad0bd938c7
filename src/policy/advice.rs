//! Advice that several rules share: how a key is made worthless, and how a
//! finding is allowed where it is meant to be.
//!
//! The order is always the same, because it is the order that helps: make the
//! key worthless, then remove the copy, then rewrite history if anybody still
//! wants to. Commands are those of the vendors' own tools (checked against
//! their manuals, 2026-11).

/// How a key is made worthless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// A new version in the KMS, then distrust of the old one.
    Rotate,
    /// A new key in the KMS in place of one that never was there.
    Replace,
    /// Distrust of a key that the KMS has retired.
    Distrust,
    /// A new symmetric secret.
    Secret,
    /// A new credential of whatever system it is of.
    Custom,
    /// Nothing to rotate before somebody has looked.
    Look,
}

impl Advice {
    /// Returns the steps as numbered Markdown paragraphs.
    #[must_use]
    pub fn steps(self) -> String {
        match self {
            Self::Rotate => {
                format!("1. **Rotate first.** {ROTATE}\n2. **Distrust.** {DISTRUST}\n{CLEAN_UP}")
            }
            Self::Replace => {
                format!("1. **Replace first.** {REPLACE}\n2. **Distrust.** {DISTRUST}\n{CLEAN_UP}")
            }
            Self::Distrust => {
                format!("1. **Distrust first.** {DISTRUST}\n2. **Check.** {CHECK}\n{CLEAN_UP}")
            }
            Self::Secret => {
                format!("1. **Replace first.** {SECRET}\n2. **Distrust.** {EXPIRE}\n{CLEAN_UP}")
            }
            Self::Custom => {
                format!(
                    "1. **Replace first.** {CUSTOM}\n2. **Revoke** the old one, and look into what it was used for.\n{CLEAN_UP}"
                )
            }
            Self::Look => LOOK.to_owned(),
        }
    }
}

/// A new version, system by system.
const ROTATE: &str = "Make a new version and let the signer use it:
   - AWS KMS (asymmetric and HMAC keys are not rotated in place): `aws kms create-key --key-usage SIGN_VERIFY --key-spec SPEC`, `aws kms update-alias --alias-name alias/NAME --target-key-id NEW`, later `aws kms disable-key --key-id OLD`.
   - Google Cloud KMS: `gcloud kms keys versions create --key NAME --keyring RING --location PLACE`, name the new version in the signer, later `gcloud kms keys versions disable OLD --key NAME --keyring RING --location PLACE`.
   - Azure Key Vault: `az keyvault key rotate --vault-name VAULT --name NAME`, later `az keyvault key set-attributes --vault-name VAULT --name NAME --version OLD --enabled false`.
   - Vault transit: `vault write -f transit/keys/NAME/rotate`, later `vault write transit/keys/NAME/config min_decryption_version=NEW min_encryption_version=NEW`.
   - An HSM behind PKCS#11: generate a pair with `CKA_SENSITIVE` true and `CKA_EXTRACTABLE` false, later destroy the old one.

   A key whose material was imported is rotated by making a new one inside the KMS, not by importing again.";

/// A key of the KMS in place of one in files.
const REPLACE: &str = "Make a key that cannot leave: in the KMS for a service (`aws kms create-key`, `gcloud kms keys create`, `az keyvault key create`, `vault write transit/keys/NAME type=ed25519`), in an agent, a security key or the platform's key store for a person. Let the signer use it and publish its public half to the verifiers.";

/// The step that makes a copy worthless.
const DISTRUST: &str = "Take the old public key out of every verifier: JWKS (mind the caches), CA bundles and pinned keys, `authorized_keys`, update roots, code hosts' user settings. Revoke certificates issued for it. Only now is the copy worthless; disabling a version in the KMS does not reach a copy.";

/// What a retired key may have been used for.
const CHECK: &str = "Compare what verifiers accepted from this key with the audit log of the KMS: a signature that the log does not know was made by a copy.";

/// A symmetric secret has no public half to publish.
const SECRET: &str = "Make a new secret of at least 32 random bytes in the KMS or secret store (an HMAC key that never leaves it: `aws kms create-key --key-usage GENERATE_VERIFY_MAC --key-spec HMAC_256`, `vault write transit/keys/NAME type=hmac key_size=32`), and let all signers and verifiers load it from there. Where others verify what you sign, use an asymmetric key instead.";

/// A credential of a system that only the rule's keeper knows.
const CUSTOM: &str = "Issue a new credential in the system that the rule's description names, and let programs load it from a secret store.";

/// What remains valid after a secret was replaced.
const EXPIRE: &str = "Accept the old secret no longer than its longest-lived token, then drop it everywhere; end sessions that were signed with it.";

/// The last two steps of every list.
const CLEAN_UP: &str = "3. **Remove the copy** from the file, and let the program ask the KMS. Look at the other places that this finding names, and at backups, images and artifacts built from it.
4. **Rewrite the history only if you still want to** (`git filter-repo`), after the key is worthless: clones, forks, caches and pull requests keep what was pushed.";

/// For findings that prove no private key.
const LOOK: &str = "1. Open the file at the line that is named, on the machine where it was found.
2. If a private key is there after all, make it worthless first (`straykey explain private-key`), then remove it.
3. If it is meant to be there, allow it.";

/// Allowing a key of the company.
pub(super) const ALLOW_MANAGED: &str = "Best in the inventory itself, in the entry's `allowed`, where the key's owner sees it. For one repository: `straykey allow ID --reason TEXT --path GLOB --expires DATE`, with the `spki-sha256` that the report shows as ID. The reason is required, and an expiry is wise.";

/// Allowing a key by its id.
pub(super) const ALLOW_ID: &str = "`straykey allow ID --reason TEXT [--path GLOB] [--expires DATE]`, with the id that the report shows. An allowance follows the key, not the line: it holds after the file was edited, and for no other key.";

/// Allowing what has no id.
pub(super) const ALLOW_PLACE: &str = "It has no id that could be named, so it is allowed by rule, path and its number in the file: `straykey baseline create` writes that down.";

/// Allowing a secret that has an id if nobody can guess it.
pub(super) const ALLOW_CUSTOM: &str = "By the id that the report shows, where there is one: `straykey allow ID --reason TEXT [--path GLOB] [--expires DATE]`. A value that could be guessed has none; `straykey baseline create` writes down its rule, path and number in the file.";
