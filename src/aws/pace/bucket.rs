//! One token bucket, and how a service that said "too fast" is asked more slowly for a while.

use std::time::Duration;

use super::rates::Rate;

/// Others use the account, too, and AWS fills its buckets once a second: nine tenths are ours.
const OURS: f64 = 0.9;

/// Tokens that refill with time. They may be owed: who takes one that is not there yet waits for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bucket {
    size: f64,
    refill: f64,
    tokens: f64,
    at: Duration,
}

impl Bucket {
    pub fn full(rate: Rate, at: Duration) -> Self {
        let size = (rate.size * OURS).max(1.0);
        Self { size, refill: rate.refill * OURS, tokens: size, at }
    }

    /// Takes a token and says how long until it is there; takes none when that is `longest` or more.
    pub fn take(
        &mut self,
        now: Duration,
        share: f64,
        longest: Duration,
    ) -> Result<Duration, Duration> {
        let refill = self.refill * share;
        self.fill(now, refill);
        let missing = (1.0 - self.tokens).max(0.0);
        let wait = Duration::from_secs_f64(missing / refill);
        if wait > longest {
            return Err(wait);
        }
        self.tokens -= 1.0;
        Ok(wait)
    }

    /// AWS's bucket is empty, whatever we thought.
    pub fn drain(&mut self, now: Duration) {
        self.fill(now, self.refill);
        self.tokens = self.tokens.min(0.0);
    }

    fn fill(&mut self, now: Duration, refill: f64) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * refill).min(self.size);
        self.at = now;
    }
}

/// Halves with every refusal, and grows back over two minutes.
#[derive(Debug, Clone, Default)]
pub(super) struct Backoff {
    last: Option<(Duration, f64)>,
}

impl Backoff {
    const LEAST: f64 = 0.1;
    const RECOVERY: f64 = 120.0;
    /// Calls that were on their way together are refused together: that counts once.
    const TOGETHER: Duration = Duration::from_secs(1);

    pub fn throttled(&mut self, now: Duration) {
        let together = self.last.is_some_and(|(at, _)| now.saturating_sub(at) < Self::TOGETHER);
        if !together {
            self.last = Some((now, (self.share(now) / 2.0).max(Self::LEAST)));
        }
    }

    /// Which part of the published rate is used now.
    pub fn share(&self, now: Duration) -> f64 {
        self.last.map_or(1.0, |(at, share)| {
            let passed = now.saturating_sub(at).as_secs_f64();
            (share + passed / Self::RECOVERY).min(1.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn refusals_halve_the_share_and_time_brings_it_back() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.share(S), 1.0);
        backoff.throttled(S);
        backoff.throttled(S);
        assert_eq!(backoff.share(S), 0.5, "refused together counts once");
        backoff.throttled(S * 2);
        assert!(backoff.share(S * 2) < 0.3, "a second later is another refusal");
        for second in 4..60 {
            backoff.throttled(S * second);
        }
        assert!(backoff.share(S * 60) >= Backoff::LEAST);
        assert_eq!(backoff.share(S * 400), 1.0);
    }

    #[test]
    fn over_any_time_as_much_goes_out_as_size_and_refill_allow() {
        let rate = Rate { size: 50.0, refill: 5.0 };
        let mut bucket = Bucket::full(rate, Duration::ZERO);
        let mut sent: Vec<f64> = Vec::new();
        for tenth in 0..3000_u64 {
            let now = Duration::from_millis(tenth * 100);
            if let Ok(wait) = bucket.take(now, 1.0, S * 15) {
                sent.push((now + wait).as_secs_f64());
            }
        }
        for (first, start) in sent.iter().enumerate() {
            for (last, end) in sent.iter().enumerate().skip(first) {
                let allowed = rate.size + rate.refill * (end - start);
                assert!((last - first + 1) as f64 <= allowed, "{start}..{end}");
            }
        }
        let allowed = rate.size + rate.refill * 299.0;
        assert!(sent.len() as f64 >= allowed * 0.9, "{} of {allowed}", sent.len());
    }
}
