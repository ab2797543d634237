//! Records of one zone that come and go together, sent as one batch.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::types::{Change as Edit, ChangeAction, ChangeBatch, ChangeStatus};
use serde::{Deserialize, Serialize};

use super::HostedZone;
use super::wire::record::incomplete;
pub use super::wire::record::{Alias, Entry, Record};
use super::wire::records::{all_in, foreign, ours};
use super::wire::{bare, plain, zones_named};
use crate::aws::{Verdict, verdict};
use crate::resource::{
    Change, Claim, Diff, Facts, Failure, Found, Identity, Ready, Ref, Resource, Result, Scope,
    Times, Wanted,
};

/// Desired values of a set of records.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordSet {
    pub zone: RecordZone,
    pub records: Vec<Record>,
    /// Whether dependents wait until every name server answers with the records (35 s).
    pub wait_in_sync: bool,
}

/// The zone that records are put into.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RecordZone {
    /// Ours: what stands there under our names is overwritten.
    Own(Ref<HostedZone>),
    /// Somebody else's, by name: nothing there is ever overwritten.
    Parent(String),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordSetLive {
    pub zone_id: String,
    /// Name of a zone that is not ours.
    pub parent: Option<String>,
    pub records: Vec<Entry>,
    /// The batch that made them, until it is known to be in sync.
    pub change_id: Option<String>,
    pub in_sync: bool,
}

impl Resource for RecordSet {
    const KIND: &'static str = "record_set";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::new((1, 35, 90), (0, 1, 3));
    const ACTIONS: &'static [&'static str] = &[
        "route53:ChangeResourceRecordSets",
        "route53:GetChange",
        "route53:ListHostedZonesByName",
        "route53:ListResourceRecordSets",
    ];

    type Live = RecordSetLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<RecordSetLive>>> {
        let mut zones: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        let mut found = Vec::new();
        for one in wanted {
            let recorded = one.live.as_ref();
            let known = recorded.map(|live| live.zone_id.clone());
            let Some(zone) = (match known {
                Some(zone) => Some(zone),
                None => one.desired.zone_id(scope).await?,
            }) else {
                continue;
            };
            let desired = one.desired.entries(&scope.facts);
            let before = recorded.map(|live| live.records.as_slice());
            let records = match &one.desired.zone {
                RecordZone::Own(_) => {
                    if !zones.contains_key(&zone) {
                        zones.insert(zone.clone(), all_in(scope, &zone).await?);
                    }
                    let all = zones.get(&zone).map(Vec::as_slice).unwrap_or_default();
                    ours(all, before, desired.as_deref())
                }
                RecordZone::Parent(_) => foreign(scope, &zone, before, desired.as_deref()).await?,
            };
            if let Some(records) = records {
                let live = one.desired.live(scope, zone, records, recorded).await?;
                found.push(Found::asked(&one.address, live));
            }
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<RecordSetLive> {
        let zone = self.zone_id(scope).await?.ok_or_else(|| self.no_zone())?;
        let records = self.entries(&scope.facts).ok_or_else(|| self.unknown(scope))?;
        let action = match self.zone {
            RecordZone::Own(_) => ChangeAction::Upsert,
            RecordZone::Parent(_) => ChangeAction::Create,
        };
        let edits = records.iter().map(|entry| edit(&action, entry)).collect::<Result<_>>()?;
        let (change_id, in_sync) = send(scope, &zone, edits).await?;
        Ok(RecordSetLive { zone_id: zone, parent: self.parent(), records, change_id, in_sync })
    }

    async fn update(&self, scope: &Scope, live: &RecordSetLive, _claim: &Claim) -> Result<()> {
        let records = self.entries(&scope.facts).ok_or_else(|| self.unknown(scope))?;
        let mut edits = Vec::new();
        match self.zone {
            RecordZone::Own(_) => {
                let keys: BTreeSet<_> = records.iter().map(Entry::key).collect();
                for old in live.records.iter().filter(|old| !keys.contains(&old.key())) {
                    edits.push(edit(&ChangeAction::Delete, old)?);
                }
                for new in records.iter().filter(|new| !live.records.contains(new)) {
                    edits.push(edit(&ChangeAction::Upsert, new)?);
                }
            }
            // A delete names the exact values, a create refuses what is there.
            RecordZone::Parent(_) => {
                for old in live.records.iter().filter(|old| !records.contains(old)) {
                    edits.push(edit(&ChangeAction::Delete, old)?);
                }
                for new in records.iter().filter(|new| !live.records.contains(new)) {
                    edits.push(edit(&ChangeAction::Create, new)?);
                }
            }
        }
        send(scope, &live.zone_id, edits).await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &RecordSetLive) -> Result<()> {
        let edits = live.records.iter().map(|entry| edit(&ChangeAction::Delete, entry));
        send(scope, &live.zone_id, edits.collect::<Result<_>>()?).await?;
        Ok(())
    }

    fn diff(&self, live: &RecordSetLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        match &self.zone {
            RecordZone::Own(zone) => {
                diff.fixed_fact("zone", facts.map(zone, |zone| zone.id), &live.zone_id);
            }
            RecordZone::Parent(_) => diff.fixed("zone", &self.parent(), &live.parent),
        }
        diff.free_fact("records", self.entries(facts), &live.records);
        diff.finish()
    }

    fn ready(&self, live: &RecordSetLive) -> Ready {
        match self.wait_in_sync && !live.in_sync {
            true => Ready::Wait("PENDING".to_owned()),
            false => Ready::Yes,
        }
    }
}

impl RecordSet {
    /// Sorted, each once: names that share a validation record want it once.
    fn entries(&self, facts: &Facts) -> Option<Vec<Entry>> {
        let all: Option<Vec<_>> = self.records.iter().map(|record| record.entries(facts)).collect();
        let all: BTreeSet<Entry> = all?.into_iter().flatten().collect();
        Some(all.into_iter().collect())
    }

    fn parent(&self) -> Option<String> {
        match &self.zone {
            RecordZone::Own(_) => None,
            RecordZone::Parent(name) => Some(plain(name)),
        }
    }

    async fn zone_id(&self, scope: &Scope) -> Result<Option<String>> {
        match &self.zone {
            RecordZone::Own(zone) => Ok(scope.live(zone).ok().map(|zone| zone.id)),
            RecordZone::Parent(name) => {
                Ok(zones_named(scope, name).await?.first().map(|zone| bare(zone.id())))
            }
        }
    }

    fn no_zone(&self) -> Failure {
        match &self.zone {
            RecordZone::Own(zone) => Failure::upstream(&zone.address),
            RecordZone::Parent(name) => Failure::unexpected(
                "route53",
                "ListHostedZonesByName",
                format!("the account has no public zone `{name}`"),
            ),
        }
    }

    /// Names the first upstream that is not there.
    fn unknown(&self, scope: &Scope) -> Failure {
        let desired = serde_json::to_value(&self.records).unwrap_or_default();
        let missing = self.records.iter().find(|record| record.entries(&scope.facts).is_none());
        let of = missing.and_then(|record| serde_json::to_value(record).ok()).unwrap_or(desired);
        match crate::address::references(&of).first() {
            Some(address) => Failure::upstream(address),
            None => self.no_zone(),
        }
    }

    /// The live values around the records found, with what is known of the batch that made them.
    async fn live(
        &self,
        scope: &Scope,
        zone_id: String,
        records: Vec<Entry>,
        recorded: Option<&RecordSetLive>,
    ) -> Result<RecordSetLive> {
        let change_id = recorded.and_then(|live| live.change_id.clone());
        let waits = self.wait_in_sync && !recorded.is_some_and(|live| live.in_sync);
        let in_sync = match &change_id {
            Some(id) if waits => in_sync(scope, id).await?,
            // Who made them is not known any more; what reads them looks for itself.
            _ => true,
        };
        Ok(RecordSetLive { zone_id, parent: self.parent(), records, change_id, in_sync })
    }
}

fn edit(action: &ChangeAction, entry: &Entry) -> Result<Edit> {
    let edit = Edit::builder().action(action.clone()).resource_record_set(entry.write()?);
    edit.build().map_err(incomplete)
}

/// Sends one batch; all of it happens or nothing.
async fn send(scope: &Scope, zone: &str, edits: Vec<Edit>) -> Result<(Option<String>, bool)> {
    if edits.is_empty() {
        return Ok((None, true));
    }
    let batch = ChangeBatch::builder().set_changes(Some(edits)).build().map_err(incomplete)?;
    let call = scope.aws.route53.change_resource_record_sets().hosted_zone_id(zone);
    let answer = call.change_batch(batch).send().await?;
    let info = answer.change_info();
    let in_sync = info.is_some_and(|info| *info.status() == ChangeStatus::Insync);
    // Without the id of the batch nobody can ask how far it is, and whoever needs the records looks.
    let id = info.map(|info| bare(info.id())).filter(|id| !id.is_empty());
    Ok((id, in_sync))
}

async fn in_sync(scope: &Scope, change: &str) -> Result<bool> {
    match scope.aws.route53.get_change().id(change).send().await.map_err(Failure::from) {
        Ok(answer) => {
            Ok(answer.change_info().is_some_and(|info| *info.status() == ChangeStatus::Insync))
        }
        // AWS forgets old changes.
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(true),
        Err(failure) => Err(failure),
    }
}
