//! The object-safe shadow of [`Resource`]: JSON in and out, so the engine knows no kind by name.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use serde_json::Value;
use tracing::Instrument;

use crate::address::Address;
use crate::aws::{Failure, Scope};
use crate::cost::Meter;
use crate::diff::Change;
use crate::resource::{
    Claim, Facts, Found, Identity, OnDestroy, Ready, Resource, Result, Times, Wanted,
};

pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One resource that a list is asked about, as JSON.
#[derive(Debug, Clone)]
pub struct Ask {
    pub address: Address,
    pub desired: Value,
    pub live: Option<Value>,
    pub claim: Option<Claim>,
}

/// A kind, seen by the engine.
pub trait Kind: Send + Sync {
    fn name(&self) -> &'static str;
    fn identity(&self) -> Identity;
    fn times(&self) -> Times;
    fn actions(&self) -> &'static [&'static str];
    /// Whether a delete only ends the record.
    fn forget_on_delete(&self) -> bool;
    /// Whether a thing of that kind may go while this one still exists, though it was made first.
    fn outlives(&self, upstream: &str) -> bool;
    fn versioned(&self) -> bool;
    /// What the state file keeps of desired or live values.
    fn recorded(&self, values: Value) -> Value;
    fn list<'a>(
        &'a self,
        scope: &'a Scope,
        asks: &'a [Ask],
    ) -> Boxed<'a, Result<Vec<Found<Value>>>>;
    fn create<'a>(
        &'a self,
        scope: &'a Scope,
        desired: &'a Value,
        claim: &'a Claim,
    ) -> Boxed<'a, Result<Value>>;
    fn update<'a>(
        &'a self,
        scope: &'a Scope,
        desired: &'a Value,
        live: &'a Value,
        claim: &'a Claim,
    ) -> Boxed<'a, Result<()>>;
    fn delete<'a>(
        &'a self,
        scope: &'a Scope,
        desired: &'a Value,
        live: &'a Value,
    ) -> Boxed<'a, Result<()>>;
    fn diff(&self, desired: &Value, live: &Value, facts: &Facts) -> Result<Change>;
    fn ready(&self, desired: &Value, live: &Value) -> Result<Ready>;
    fn foreseen(&self, desired: &Value) -> Option<Value>;
    fn on_destroy(&self, desired: &Value) -> OnDestroy;
    fn outputs(&self, desired: &Value, live: &Value) -> Vec<(&'static str, String)>;
    fn cost(&self, desired: &Value, meter: &mut Meter<'_>);
    fn cost_after_destroy(&self, desired: &Value, meter: &mut Meter<'_>);
    /// The desired values by which a live object is priced, if it can be.
    fn seen(&self, live: &Value, recorded: Option<&Value>) -> Option<Value>;
}

/// The shadow of one resource type.
pub struct Of<R>(PhantomData<fn() -> R>);

impl<R> Of<R> {
    pub const KIND: Self = Self(PhantomData);
}

fn parse<T: serde::de::DeserializeOwned>(kind: &str, value: &Value) -> Result<T> {
    // `T::deserialize(&Value)` borrows; a clone would cost on every poll.
    T::deserialize(value).map_err(|error| {
        Failure::unexpected("edxaws", "Read", format!("a `{kind}` cannot be read: {error}"))
    })
}

fn json<T: serde::Serialize>(kind: &str, value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| {
        Failure::unexpected("edxaws", "Write", format!("a `{kind}` cannot be written: {error}"))
    })
}

/// What cannot be told from others cannot be recorded: such an answer is as good as a lost one.
fn identified(kind: &str, live: Value) -> Result<Value> {
    let empty = |field: &&str| live.get(*field).and_then(Value::as_str) == Some("");
    match ["id", "arn", "name"].into_iter().find(empty) {
        Some(field) => Err(Failure::unexpected(kind, "Create", format!("it has no {field}"))),
        None => Ok(live),
    }
}

/// In the debug log every call stands under the kind that made it.
fn named<'a, T>(kind: &'static str, work: impl Future<Output = T> + Send + 'a) -> Boxed<'a, T> {
    Box::pin(work.instrument(tracing::debug_span!("kind", kind)))
}

impl<R: Resource> Of<R> {
    fn wanted(ask: &Ask) -> Result<Wanted<R>> {
        Ok(Wanted {
            address: ask.address.clone(),
            desired: parse(R::KIND, &ask.desired)?,
            live: ask.live.as_ref().map(|live| parse(R::KIND, live)).transpose()?,
            claim: ask.claim.clone(),
        })
    }

    async fn found(scope: &Scope, asks: &[Ask]) -> Result<Vec<Found<Value>>> {
        let wanted: Vec<_> = asks.iter().map(Self::wanted).collect::<Result<_>>()?;
        let found = R::list(scope, &wanted).await?;
        // What another kind keeps for itself (an SMTP user its secret) bears that kind's address.
        let own = |found: &Found<R::Live>| {
            found.address.as_ref().is_none_or(|address| address.kind() == R::KIND)
        };
        found
            .into_iter()
            .filter(own)
            .map(|Found { address, token, live }| {
                Ok(Found { address, token, live: json(R::KIND, &live)? })
            })
            .collect()
    }
}

impl<R: Resource> Kind for Of<R> {
    fn name(&self) -> &'static str {
        R::KIND
    }

    fn identity(&self) -> Identity {
        R::IDENTITY
    }

    fn times(&self) -> Times {
        R::TIMES
    }

    fn actions(&self) -> &'static [&'static str] {
        R::ACTIONS
    }

    fn forget_on_delete(&self) -> bool {
        R::FORGET_ON_DELETE
    }

    fn outlives(&self, upstream: &str) -> bool {
        R::OUTLIVES.contains(&upstream)
    }

    fn versioned(&self) -> bool {
        R::VERSIONED
    }

    fn recorded(&self, mut values: Value) -> Value {
        if let Value::Object(fields) = &mut values {
            fields.retain(|name, _| !R::UNRECORDED.contains(&name.as_str()));
        }
        values
    }

    fn list<'a>(
        &'a self,
        scope: &'a Scope,
        asks: &'a [Ask],
    ) -> Boxed<'a, Result<Vec<Found<Value>>>> {
        named(R::KIND, Self::found(scope, asks))
    }

    fn create<'a>(
        &'a self,
        scope: &'a Scope,
        desired: &'a Value,
        claim: &'a Claim,
    ) -> Boxed<'a, Result<Value>> {
        named(R::KIND, async move {
            let desired: R = parse(R::KIND, desired)?;
            identified(R::KIND, json(R::KIND, &desired.create(scope, claim).await?)?)
        })
    }

    fn update<'a>(
        &'a self,
        scope: &'a Scope,
        desired: &'a Value,
        live: &'a Value,
        claim: &'a Claim,
    ) -> Boxed<'a, Result<()>> {
        named(R::KIND, async move {
            let desired: R = parse(R::KIND, desired)?;
            desired.update(scope, &parse(R::KIND, live)?, claim).await
        })
    }

    fn delete<'a>(
        &'a self,
        scope: &'a Scope,
        desired: &'a Value,
        live: &'a Value,
    ) -> Boxed<'a, Result<()>> {
        named(R::KIND, async move {
            let desired: R = parse(R::KIND, desired)?;
            desired.delete(scope, &parse(R::KIND, live)?).await
        })
    }

    fn diff(&self, desired: &Value, live: &Value, facts: &Facts) -> Result<Change> {
        Ok(parse::<R>(R::KIND, desired)?.diff(&parse(R::KIND, live)?, facts))
    }

    fn ready(&self, desired: &Value, live: &Value) -> Result<Ready> {
        Ok(parse::<R>(R::KIND, desired)?.ready(&parse(R::KIND, live)?))
    }

    fn foreseen(&self, desired: &Value) -> Option<Value> {
        let live = parse::<R>(R::KIND, desired).ok()?.foreseen()?;
        serde_json::to_value(live).ok()
    }

    fn on_destroy(&self, desired: &Value) -> OnDestroy {
        parse::<R>(R::KIND, desired).map_or(OnDestroy::Keep, |desired| desired.on_destroy())
    }

    fn outputs(&self, desired: &Value, live: &Value) -> Vec<(&'static str, String)> {
        match (parse::<R>(R::KIND, desired), parse(R::KIND, live)) {
            (Ok(desired), Ok(live)) => desired.outputs(&live),
            _ => Vec::new(),
        }
    }

    fn cost(&self, desired: &Value, meter: &mut Meter<'_>) {
        match parse::<R>(R::KIND, desired) {
            Ok(desired) => desired.cost(meter),
            Err(failure) => meter.note(failure.message),
        }
    }

    fn cost_after_destroy(&self, desired: &Value, meter: &mut Meter<'_>) {
        match parse::<R>(R::KIND, desired) {
            Ok(desired) => desired.cost_after_destroy(meter),
            Err(failure) => meter.note(failure.message),
        }
    }

    fn seen(&self, live: &Value, recorded: Option<&Value>) -> Option<Value> {
        let recorded = recorded.and_then(|value| parse::<R>(R::KIND, value).ok());
        let seen = R::seen(&parse(R::KIND, live).ok()?, recorded)?;
        json(R::KIND, &seen).ok()
    }
}
