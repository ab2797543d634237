//! How long this world's AWS takes for a thing: drawn from the world's seed and the thing's name, never
//! from the order of the calls, so two tools that make the same thing in two worlds wait alike.

/// A duration from `(least, usual, most)`, as often below the usual one as above it.
pub fn seconds(luck: u64, whose: &str, (least, usual, most): (f64, f64, f64)) -> f64 {
    let at = fastrand::Rng::with_seed(luck ^ digest(whose)).f64();
    if at < 0.5 {
        least + (usual - least) * at * 2.0
    } else {
        usual + (most - usual) * (at - 0.5) * 2.0
    }
}

/// FNV-1a: the standard library's hash may change between releases, and saved worlds stay.
fn digest(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    const RANGE: (f64, f64, f64) = (100.0, 200.0, 500.0);

    #[test]
    fn the_name_decides_and_half_is_below_the_usual() {
        assert_eq!(seconds(7, "create db", RANGE), seconds(7, "create db", RANGE));
        assert_ne!(seconds(7, "create db", RANGE), seconds(8, "create db", RANGE));
        assert_ne!(seconds(7, "create db", RANGE), seconds(7, "delete db", RANGE));
        let all: Vec<f64> =
            (0..1000).map(|at| seconds(7, &format!("create db-{at}"), RANGE)).collect();
        assert!(all.iter().all(|one| (100.0..=500.0).contains(one)));
        let below = all.iter().filter(|one| **one < 200.0).count();
        assert!((450..550).contains(&below), "{below} of 1000");
    }
}
