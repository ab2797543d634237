//! When to look again: sparse at first, dense near the expected end, sparser again when late.

use std::time::Duration;

/// How long until the next look at something that has been waited for since `elapsed` and usually
/// takes `(least, usual, most)` seconds.
pub fn next_poll(elapsed: Duration, (least, _usual, most): (u32, u32, u32)) -> Duration {
    let elapsed = elapsed.as_secs_f64();
    let (least, most) = (f64::from(least), f64::from(most));
    let seconds = if elapsed < least / 2.0 {
        // One look half-way finds early failures.
        least / 2.0 - elapsed
    } else if elapsed < least {
        least - elapsed
    } else if elapsed <= most * 1.25 {
        dense(most)
    } else {
        ((elapsed - most) / 10.0).clamp(2.0, 15.0)
    };
    Duration::from_secs_f64(seconds.max(0.5))
}

/// The shortest time between two looks at one kind, however many wait.
pub fn least_pause((_least, _usual, most): (u32, u32, u32)) -> Duration {
    Duration::from_secs_f64(dense(f64::from(most)) / 2.0)
}

fn dense(most: f64) -> f64 {
    (most / 200.0).clamp(1.0, 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(times: (u32, u32, u32), end: f64) -> (usize, f64) {
        let (mut at, mut count) = (0.0, 0);
        while at < end {
            at += next_poll(Duration::from_secs_f64(at), times).as_secs_f64();
            count += 1;
        }
        (count, at - end)
    }

    #[test]
    fn a_cluster_is_seen_within_three_seconds_and_few_looks() {
        for end in [503, 550, 612, 650, 683] {
            let (count, wasted) = looks((503, 612, 683), f64::from(end));
            assert!(wasted <= 3.1, "{wasted} s wasted at {end}");
            assert!(count <= 65, "{count} looks at {end}");
        }
    }

    #[test]
    fn it_never_stops_looking_and_never_spins() {
        for elapsed in 0..5000 {
            let pause = next_poll(Duration::from_secs(elapsed), (60, 100, 180)).as_secs_f64();
            assert!((0.5..=45.0).contains(&pause), "{pause} at {elapsed}");
        }
    }
}
