//! The constant part of a log: rules, kinds of notifications, weaknesses.
//!
//! All rules are listed in every log, so that a rule keeps its index and a
//! reader knows what was looked for.

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
    ReportingDescriptorReference, ReportingDescriptorRelationship, ToolComponent,
    ToolComponentReference,
};

use crate::finding::NoticeReason;
use crate::policy::Rule;
use crate::policy::rules::RULES;

/// Id of the notification that says which list it was.
pub(super) const LIST: &str = "list";

/// Id of the notification that a list has expired.
pub(super) const LIST_EXPIRED: &str = "list-expired";

/// Id of the notification that an allow entry should be looked at.
pub(super) const STALE: &str = "stale-allow-entry";

/// Id of the notification that results were left out.
pub(super) const TOO_MANY: &str = "too-many-results";

/// Weaknesses that rules refer to: number, name, description.
const WEAKNESSES: [(u16, &str, &str); 3] = [
    (
        312,
        "CleartextStorageOfSensitiveInformation",
        "The product stores sensitive information in cleartext within a resource that might be accessible to another control sphere.",
    ),
    (
        321,
        "UseOfHardCodedCryptographicKey",
        "The product uses a hard-coded, unchangeable cryptographic key.",
    ),
    (
        798,
        "UseOfHardCodedCredentials",
        "The product contains hard-coded credentials, such as a password or cryptographic key.",
    ),
];

/// Returns the tool.
pub(super) fn driver() -> ToolComponent {
    let reasons = NoticeReason::ALL
        .into_iter()
        .map(|reason| (reason.as_str(), reason.about()));
    let others = [
        (LIST, "The inventory that keys were looked up in"),
        (LIST_EXPIRED, "The inventory has expired"),
        (STALE, "An allow entry has expired or is not used"),
        (TOO_MANY, "Results were left out of this file"),
    ];
    let notifications: Vec<ReportingDescriptor> = reasons
        .chain(others)
        .map(|(id, text)| {
            ReportingDescriptor::builder()
                .id(id)
                .short_description(text_of(text))
                .build()
        })
        .collect();
    ToolComponent::builder()
        .name("straykey")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .short_description(text_of(env!("CARGO_PKG_DESCRIPTION")))
        .rules(RULES.iter().map(descriptor).collect::<Vec<_>>())
        .notifications(notifications)
        .supported_taxonomies(vec![cwe()])
        .build()
}

/// Returns a rule.
fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let help = rule.help();
    let relationships: Vec<ReportingDescriptorRelationship> = rule
        .cwe
        .iter()
        .map(|number| {
            let target = ReportingDescriptorReference::builder()
                .id(number.to_string())
                .tool_component(cwe())
                .build();
            ReportingDescriptorRelationship::builder()
                .target(target)
                .kinds(vec!["superset".to_owned()])
                .build()
        })
        .collect();
    let mut tags: Vec<String> = rule.tags.iter().map(|tag| (*tag).to_owned()).collect();
    // The form of CodeQL's queries, by which code scanning shows weaknesses.
    tags.extend(
        rule.cwe
            .iter()
            .map(|number| format!("external/cwe/cwe-{number:03}")),
    );
    let properties = [
        ("precision".to_owned(), json!(rule.precision.as_str())),
        ("security-severity".to_owned(), json!(rule.severity)),
        ("class".to_owned(), json!(rule.class.as_str())),
    ];
    ReportingDescriptor::builder()
        .id(rule.id.as_str())
        .name(pascal(rule.id.as_str()))
        .short_description(text_of(&format!("{}.", rule.short)))
        .full_description(text_of(rule.full))
        .help(
            MultiformatMessageString::builder()
                .text(help.clone())
                .markdown(help)
                .build(),
        )
        .default_configuration(
            ReportingConfiguration::builder()
                .level(json!(rule.level.as_str()))
                .build(),
        )
        .relationships(relationships)
        .properties(
            PropertyBag::builder()
                .tags(tags)
                .additional_properties(properties)
                .build(),
        )
        .build()
}

/// Returns the taxonomy that rules refer to.
pub(super) fn taxonomy() -> ToolComponent {
    let taxa: Vec<ReportingDescriptor> = WEAKNESSES
        .iter()
        .map(|(number, name, text)| {
            ReportingDescriptor::builder()
                .id(number.to_string())
                .name(*name)
                .short_description(text_of(text))
                .help_uri(format!(
                    "https://cwe.mitre.org/data/definitions/{number}.html"
                ))
                .build()
        })
        .collect();
    ToolComponent::builder()
        .name("CWE")
        .organization("MITRE")
        .information_uri("https://cwe.mitre.org/")
        .short_description(text_of("Common Weakness Enumeration"))
        .is_comprehensive(false)
        .taxa(taxa)
        .build()
}

/// Returns a reference to the taxonomy.
fn cwe() -> ToolComponentReference {
    ToolComponentReference::builder()
        .name("CWE")
        .index(0)
        .build()
}

/// Returns a text of our own.
fn text_of(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

/// Returns an id in the case that viewers expect of names: `ManagedKey`.
fn pascal(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(chars)
        })
        .collect()
}
