//! Results, in the two ways that the profiles count them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region as SarifRegion,
    Result as SarifResult, ResultLevel, Suppression as SarifSuppression,
};

use super::super::fingerprint::{self, Ordinals};
use super::super::{Report, properties, summary};
use super::message;
use crate::finding::{Finding, Level, Place, Suppression, SuppressionKind};

/// Further places of a result that are listed: GitHub takes 1,000 locations a
/// result and shows 100. `occurrenceCount` has the true number.
const MAX_RELATED: usize = 999;

/// Returns one result per key.
pub(super) fn per_key(report: &Report) -> Vec<SarifResult> {
    let mut ordinals = Ordinals::default();
    report
        .ordered()
        .into_iter()
        .filter_map(|finding| result(report, finding, &finding.told(), &mut ordinals))
        .collect()
}

/// Returns one result per key and file, without what is suppressed, since code
/// scanning does not read suppressions: keys of the inventory first, and of
/// each key the first file before the second, so that what is cut off at the
/// end is one more place of a key that is already told.
pub(super) fn per_file(report: &Report) -> Vec<SarifResult> {
    let mut ordinals = Ordinals::default();
    let mut ranked = Vec::new();
    for finding in report.active() {
        let mut files: Vec<Vec<&Place>> = Vec::new();
        let mut index: HashMap<&str, usize> = HashMap::new();
        for place in finding.told_active() {
            let next = files.len();
            let at = *index.entry(&place.uri).or_insert(next);
            match files.get_mut(at) {
                Some(places) => places.push(place),
                None => files.push(vec![place]),
            }
        }
        for (rank, places) in files.iter().enumerate() {
            if let Some(mut result) = result(report, finding, places, &mut ordinals) {
                if let (Some(lead), Some(anchor)) = (places.first(), &report.anchor)
                    && report.gone.contains(&lead.uri)
                {
                    anchored(&mut result, finding, lead, anchor);
                }
                ranked.push(((finding.matched.is_none(), rank), result));
            }
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, result)| result).collect()
}

/// Returns the result of a key at places, of which the first leads.
fn result<'a>(
    report: &Report,
    finding: &'a Finding,
    places: &[&'a Place],
    ordinals: &mut Ordinals<'a>,
) -> Option<SarifResult> {
    let (lead, others) = places.split_first()?;
    let mut prints = BTreeMap::new();
    let ordinal = ordinals.next(finding, &lead.uri);
    let mut print = |name: &str, value: String| prints.insert(name.to_owned(), value);
    print(
        "primaryLocationLineHash",
        fingerprint::location(finding, &lead.uri, ordinal),
    );
    print(
        "straykeyIdentityAndPath/v1",
        fingerprint::identity_and_path(finding, &lead.uri),
    );
    if let Some(id) = finding.subject_id() {
        print("straykeyIdentity/v1", id.to_owned());
    }
    let related: Vec<Location> = others
        .iter()
        .take(MAX_RELATED)
        .zip(1_i64..)
        .map(|(place, id)| {
            let text = format!(
                "The same key, {}: {}",
                place.manner.format,
                place.manner.proof.as_str()
            );
            let mut location = location(place);
            location.id = Some(id);
            location.message = Some(message(&text));
            let facts = Value::Object(properties::at(place));
            location.properties = Some(super::properties("straykey", facts));
            location
        })
        .collect();
    let count = i64::try_from(places.len()).unwrap_or(i64::MAX);
    let mut result = SarifResult::builder()
        .rule_id(finding.rule.as_str())
        .rule_index(finding.rule as i64)
        .level(match finding.level {
            Level::Error => ResultLevel::Error,
            Level::Warning => ResultLevel::Warning,
            Level::Note => ResultLevel::Note,
        })
        .message(message(&finding.message))
        .locations(vec![location(lead)])
        .occurrence_count(count)
        .partial_fingerprints(prints)
        .properties(super::properties(
            "straykey",
            properties::of(report, finding, lead),
        ))
        .build();
    if !related.is_empty() {
        result.related_locations = Some(related);
    }
    if finding.is_suppressed() {
        result.suppressions = Some(suppressions(places));
    }
    Some(result)
}

/// Moves a result from a file that only the history has to one that is there:
/// an alert that points nowhere is closed, and the key is still in every clone.
fn anchored(result: &mut SarifResult, finding: &Finding, lead: &Place, anchor: &str) {
    let commit = lead.history.as_ref().and_then(|h| h.commit.as_deref());
    let commit = commit.map_or_else(String::new, |id| format!(", commit {id}"));
    let text = format!(
        "{} It stands in the history only: {}:{}{commit}.",
        finding.message, lead.path, lead.region.line
    );
    let first = SarifRegion::builder()
        .start_line(1)
        .start_column(1)
        .end_line(1)
        .end_column(2)
        .build();
    let physical = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(anchor).build())
        .region(first)
        .build();
    let logical = LogicalLocation::builder()
        .fully_qualified_name(lead.path.clone())
        .kind("object")
        .build();
    let location = Location::builder()
        .physical_location(physical)
        .logical_locations(vec![logical])
        .build();
    result.message = message(&text);
    result.locations = Some(vec![location]);
    result.related_locations = None;
}

/// Returns who says that a finding counts for nothing, each of them once.
fn suppressions(places: &[&Place]) -> Vec<SarifSuppression> {
    let said: BTreeSet<&Suppression> = places
        .iter()
        .filter_map(|place| place.suppression.as_ref())
        .collect();
    let told = said.into_iter().take(MAX_RELATED).map(|suppression| {
        let kind = match suppression.kind {
            SuppressionKind::Comment => "inSource",
            SuppressionKind::Allow | SuppressionKind::Baseline => "external",
        };
        SarifSuppression::builder()
            .kind(json!(kind))
            .status(json!("accepted"))
            .justification(super::super::escape::sarif(&summary::why(suppression)))
            .build()
    });
    told.collect()
}

/// Returns where a key stands. A member of an archive stands at 1:1 of its
/// container, and is named by a logical location.
fn location(place: &Place) -> Location {
    let region = &place.region;
    let (line, column, end) = match place.origin.members.is_empty() {
        true => {
            let column = region.column.max(1);
            (
                region.line.max(1),
                column,
                region.end_column.max(column.saturating_add(1)),
            )
        }
        false => (1, 1, 2),
    };
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let region = SarifRegion::builder()
        .start_line(number(line))
        .start_column(number(column))
        .end_line(number(line))
        .end_column(number(end))
        .build();
    let physical = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(uri(place)).build())
        .region(region)
        .build();
    let mut location = Location::builder().physical_location(physical).build();
    if !place.origin.members.is_empty() {
        let logical = LogicalLocation::builder()
            .fully_qualified_name(place.path.clone())
            .kind("member")
            .build();
        location.logical_locations = Some(vec![logical]);
    }
    location
}

/// Returns the relative URI of the file. A place without one (standard input, a
/// live store) is named by its path, and never by nothing: a log with one empty
/// URI is refused as a whole.
fn uri(place: &Place) -> String {
    let uri = match place.uri.is_empty() {
        true => super::super::escape::uri(place.container().as_bytes()),
        false => place.uri.clone(),
    };
    let uri = uri.trim_start_matches('/');
    match uri.is_empty() {
        true => "unnamed".to_owned(),
        false => uri.to_owned(),
    }
}
