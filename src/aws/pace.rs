//! Pacing: every call waits here until the rates that AWS publishes allow it, and longer after AWS
//! has said "too fast".
//!
//! The SDK asks one thing before every call that may take its time to answer: which credentials to
//! sign with. So that is where calls wait; there is no second way to AWS around it.

mod bucket;
mod rates;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;

use self::bucket::{Backoff, Bucket};
use self::rates::{Row, Shared};
use super::Clock;

/// The longest that one call may wait here: its own timeout is already running.
const LONGEST: Duration = Duration::from_secs(15);

/// The code of a call that was not sent because too many others wait before it.
pub const BUSY: &str = "PacedTooLong";

/// The buckets of one account and region; clones share them.
#[derive(Clone)]
pub struct Pace(Arc<Mutex<Buckets>>);

struct Buckets {
    clock: Clock,
    /// By service, and by action where AWS counts so.
    buckets: BTreeMap<(String, String), Bucket>,
    /// By service: all its calls slow down together.
    backoffs: BTreeMap<String, Backoff>,
}

/// Too many calls wait before this one; nothing was sent.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too many calls wait before it, {} s of them", .0.as_secs())]
pub struct Busy(Duration);

/// Whether a call failed because it was not let out.
pub fn turned_away(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<Busy>() {
            return true;
        }
        next = cause.source();
    }
    false
}

impl Default for Pace {
    fn default() -> Self {
        let (buckets, backoffs) = (BTreeMap::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(Buckets { clock: Clock::real(), buckets, backoffs })))
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pace")
    }
}

impl Pace {
    /// Takes time from this clock; all buckets are full again.
    pub fn run_on(&self, clock: Clock) {
        let Buckets { clock: mine, buckets, backoffs } = &mut *self.lock();
        *mine = clock;
        buckets.clear();
        backoffs.clear();
    }

    /// AWS answered a call of this service with "too fast".
    pub fn throttled(&self, service: &str) {
        let Buckets { clock, buckets, backoffs } = &mut *self.lock();
        let (now, service) = (clock.elapsed(), plain(service));
        let of_service = buckets.iter_mut().filter(|((of, _), _)| *of == service);
        of_service.for_each(|(_, bucket)| bucket.drain(now));
        backoffs.entry(service).or_default().throttled(now);
    }

    /// Waits until this call may go out.
    async fn turn(&self, service: &str, action: &str) -> Result<(), Busy> {
        let (clock, wait) = self.reserve(service, action)?;
        if !wait.is_zero() {
            tracing::debug!(service, action, ?wait, "paced");
            clock.sleep(wait).await;
        }
        Ok(())
    }

    /// Takes a token, perhaps one that is still to come; none when that is too far off.
    fn reserve(&self, service: &str, action: &str) -> Result<(Clock, Duration), Busy> {
        let Buckets { clock, buckets, backoffs } = &mut *self.lock();
        let (now, service) = (clock.elapsed(), plain(service));
        let Row { rate, shared, .. } = rates::of(&service, action);
        let share = backoffs.get(&service).map_or(1.0, |backoff| backoff.share(now));
        let name = match shared {
            Shared::ByAction => action.to_owned(),
            Shared::ByService => String::new(),
        };
        let bucket = buckets.entry((service, name)).or_insert_with(|| Bucket::full(*rate, now));
        bucket.take(now, share, LONGEST).map(|wait| (*clock, wait)).map_err(Busy)
    }

    /// The cache of credentials through which calls wait.
    pub fn before(&self, cache: SharedIdentityCache) -> SharedIdentityCache {
        SharedIdentityCache::new(Paced { pace: self.clone(), cache })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Buckets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `Elastic Load Balancing v2` and the SDK's crate name for it are one service.
fn plain(service: &str) -> String {
    service.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[derive(Debug)]
struct Paced {
    pace: Pace,
    cache: SharedIdentityCache,
}

impl ResolveCachedIdentity for Paced {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        config: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        IdentityFuture::new(async move {
            if let Some(call) = config.load::<Metadata>() {
                self.pace.turn(call.service(), call.name()).await?;
            }
            self.cache.resolve_cached_identity(resolver, components, config).await
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.cache.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.cache.validate_final_config(components, config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_out_and_the_rest_waits_its_turn() {
        let pace = Pace::default();
        let waits: Vec<f64> =
            (0..60).map(|_| pace.reserve("EC2", "CreateSubnet").unwrap().1.as_secs_f64()).collect();
        let at_once = waits.iter().filter(|wait| **wait == 0.0).count();
        assert_eq!(at_once, 45, "nine tenths of AWS's 50");
        assert!((waits[59] - 15.0 / 4.5).abs() < 0.01, "{}", waits[59]);
        let others = pace.reserve("EC2", "CreateVpc").unwrap().1;
        assert_eq!(others, Duration::ZERO, "each EC2 action has a bucket of its own");
    }

    #[tokio::test(start_paused = true)]
    async fn on_another_clock_all_buckets_are_full() {
        let pace = Pace::default();
        assert!((0..60).all(|_| pace.reserve("EC2", "CreateSubnet").is_ok()));
        pace.throttled("ec2");
        assert!(pace.reserve("EC2", "CreateSubnet").unwrap().1 > Duration::ZERO);
        pace.run_on(Clock::real());
        let waits = (0..45).map(|_| pace.reserve("EC2", "CreateSubnet").unwrap().1);
        assert!(waits.into_iter().all(|wait| wait.is_zero()));
        assert!(pace.reserve("EC2", "CreateSubnet").unwrap().1 > Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_the_call_itself_may_take() {
        let pace = Pace::default();
        let busy = (0..20).find_map(|_| pace.reserve("EC2", "CreateVpcEndpoint").err());
        assert!(busy.is_some());
        let before = pace.lock().buckets.clone();
        pace.reserve("EC2", "CreateVpcEndpoint").unwrap_err();
        assert_eq!(pace.lock().buckets, before, "a call that is turned away takes no token");
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_service_slows_down_as_a_whole_and_recovers() {
        let pace = Pace::default();
        assert_eq!(pace.reserve("EC2", "DescribeVpcs").unwrap().1, Duration::ZERO);
        assert_eq!(pace.reserve("RDS", "DescribeDBInstances").unwrap().1, Duration::ZERO);
        pace.throttled("ec2");
        assert!(pace.reserve("EC2", "DescribeVpcs").unwrap().1 > Duration::from_millis(100));
        assert_eq!(pace.reserve("RDS", "DescribeDBInstances").unwrap().1, Duration::ZERO);
        tokio::time::advance(Duration::from_secs(300)).await;
        assert_eq!(pace.reserve("EC2", "DescribeVpcs").unwrap().1, Duration::ZERO);
    }
}
