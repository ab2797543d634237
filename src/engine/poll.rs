//! When to look again while AWS works: never more looks than exponential back-off would have made,
//! saved while nothing can have happened and spent where the end is likely.

use std::time::Duration;

use crate::durations::Range;

/// The back-off that nobody may outdo: a second, then half as long again each time, up to ten.
const FIRST: f64 = 1.0;
const GROWTH: f64 = 1.5;
const LONGEST: f64 = 10.0;

/// The shortest pause between two looks, however near the end may be.
pub const SHORTEST: f64 = 1.0;
/// Whoever is late is likely to be late by more: by this part of the time that it has taken.
const LATER: f64 = 0.05;
/// Whoever needs longer than this is looked at half-way, too: an early failure shows.
const LONG: f64 = 60.0;

/// The pauses of exponential back-off, without end.
fn pauses() -> impl Iterator<Item = f64> {
    std::iter::successors(Some(FIRST), |pause| Some((pause * GROWTH).min(LONGEST)))
}

/// Seconds after which exponential back-off would have made its look number `look`, from one.
fn back_off_at(look: u32) -> f64 {
    pauses().take(look as usize).sum()
}

/// How many looks exponential back-off would have made after so many seconds.
pub fn back_off_looks(seconds: f64) -> u32 {
    let moments = pauses().scan(0.0, |at, pause| {
        *at += pause;
        Some(*at)
    });
    moments.take_while(|at| *at <= seconds).fold(0, |looks, _| looks + 1)
}

/// What one wait may make of what all have saved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// What part of the savings it counts on.
    pub part: f64,
    /// Into so many parts it cuts the time between the earliest end and the latest at most: a hundred
    /// that wait for the same kind save a lot, and need no more looks than ten.
    pub finest: f64,
    /// And pauses no shorter than so many seconds.
    pub shortest: f64,
}

/// The looks of one wait, next to those that back-off would have made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looks {
    made: u32,
    /// Looks at the very beginning, which back-off makes, too.
    first: u32,
    /// What back-off would have made when it was last reckoned.
    credited: u32,
}

impl Looks {
    /// A wait that begins with a look, because nothing is known yet.
    pub fn at_once() -> Self {
        Self { first: 1, ..Self::default() }
    }
}

/// The calls that the waits of a run made, next to the looks that back-off would have made by now:
/// whose end is near may spend what others saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reads {
    pub made: u32,
    pub back_off: u32,
}

impl Reads {
    /// Books what back-off would have made by now of a wait that has lasted for `elapsed`.
    pub fn accrue(&mut self, looks: &mut Looks, elapsed: Duration) {
        let due = looks.first + back_off_looks(elapsed.as_secs_f64());
        self.back_off += due.saturating_sub(looks.credited);
        looks.credited = due;
    }

    /// Books one look of a wait that has lasted for `elapsed`.
    pub fn look(&mut self, looks: &mut Looks, elapsed: Duration) {
        self.accrue(looks, elapsed);
        looks.made += 1;
    }

    /// Books the calls of one list, whoever it answered.
    pub fn list(&mut self, calls: u32) {
        self.made += calls;
    }

    /// How long until the next look at something that has been waited for since `elapsed` and
    /// usually takes as long as `range` says, where that is known. Of what is saved it counts on its
    /// `share`.
    pub fn next_poll(
        self,
        looks: Looks,
        elapsed: Duration,
        range: Option<Range>,
        share: Share,
    ) -> Duration {
        let elapsed = elapsed.as_secs_f64();
        let wish = range.map(|range| self.wish(looks, range, elapsed, share));
        // Whoever spent what others saved is not held up for that longer than anybody.
        let own = back_off_at((looks.made + 1).saturating_sub(looks.first));
        let back_off = own.min(elapsed + LONGEST);
        let at = match wish {
            Some(wish) if self.made < self.back_off => wish,
            Some(wish) => wish.max(back_off),
            None => back_off,
        };
        Duration::from_secs_f64((at - elapsed).max(SHORTEST))
    }

    /// Half-way, where that is long, because an early failure shows; not before the earliest end
    /// otherwise; then the more densely the likelier the end, until the latest.
    fn wish(self, looks: Looks, range: Range, elapsed: f64, share: Share) -> f64 {
        let (least, most) = (f64::from(range.0), f64::from(range.2));
        // Looked at not long before half-way, because others were, is as good.
        if least >= LONG && elapsed < least / 3.0 {
            return least / 2.0;
        }
        let to_come = f64::from(back_off_looks(most).saturating_sub(looks.credited));
        let saved = f64::from(self.back_off.saturating_sub(self.made)) * share.part;
        let at = elapsed.max(least);
        let stretch =
            Halves::of(range).stretch(at, elapsed, (to_come + saved).max(1.0), share.finest);
        at + stretch.clamp(share.shortest, LONGEST)
    }
}

/// The times before and after the usual end: one is as likely as the other, however long. The least is
/// lost on average when the pauses in each are as the square root of its length.
struct Halves {
    usual: f64,
    most: f64,
    /// The square roots.
    before: f64,
    after: f64,
}

impl Halves {
    fn of((least, usual, most): Range) -> Self {
        let root = |from: u32, to: u32| f64::from(to.saturating_sub(from)).max(1.0).sqrt();
        let (before, after) = (root(least, usual), root(usual, most));
        Self { usual: f64::from(usual), most: f64::from(most), before, after }
    }

    /// The pause now, when so many looks are to last until the latest end, and all of them are `finest`
    /// at most.
    fn stretch(&self, at: f64, elapsed: f64, looks: f64, finest: f64) -> f64 {
        // Whoever is late is likely to be late by more.
        let end = self.most.max(elapsed * (1.0 + LATER));
        let left =
            (self.usual - at).max(0.0) / self.before + (end - at.max(self.usual)) / self.after;
        let scale = (left / looks).max((self.before + self.after) / finest);
        scale * if at < self.usual { self.before } else { self.after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Range; 6] = [
        (503, 612, 683),
        (273, 842, 1026),
        (85, 107, 125),
        (88, 120, 201),
        (14, 40, 66),
        (0, 1, 3),
    ];

    fn share(part: f64) -> Share {
        Share { part, finest: 90.0, shortest: SHORTEST }
    }

    /// How many looks until the end was seen, and how late that was.
    fn looks(mut reads: Reads, range: Option<Range>, end: f64) -> (u32, f64) {
        let (mut at, mut looks) = (0.0, Looks::default());
        while at < end {
            at += reads
                .next_poll(looks, Duration::from_secs_f64(at), range, share(0.35))
                .as_secs_f64();
            reads.look(&mut looks, Duration::from_secs_f64(at));
            reads.list(1);
        }
        (looks.made, at - end)
    }

    #[test]
    fn back_off_is_what_one_would_write() {
        let moments: Vec<f64> = (1..=8).map(back_off_at).collect();
        assert_eq!(moments[..3], [1.0, 2.5, 4.75]);
        assert!((moments[7] - moments[6] - 10.0).abs() < 1e-9, "{moments:?}");
        assert_eq!((back_off_looks(0.9), back_off_looks(1.0), back_off_looks(3.0)), (0, 1, 2));
        let (count, _) = looks(Reads::default(), None, 100.0);
        assert_eq!(count, back_off_looks(100.0) + 1);
    }

    #[test]
    fn alone_a_wait_has_no_more_looks_than_back_off_whenever_it_ends() {
        for range in KINDS {
            for end in 1..2000 {
                let end = f64::from(end);
                let (count, _) = looks(Reads::default(), Some(range), end);
                let most = back_off_looks(end) + 1;
                assert!(
                    count <= most,
                    "{count} looks at {range:?}, back-off makes {most} in {end}"
                );
            }
        }
    }

    #[test]
    fn a_look_at_the_very_beginning_is_one_that_back_off_makes_too() {
        let (mut reads, mut looks) = (Reads::default(), Looks::at_once());
        reads.look(&mut looks, Duration::ZERO);
        assert_eq!(reads, Reads { made: 0, back_off: 1 });
        reads.look(&mut looks, Duration::from_secs(1));
        assert_eq!(reads, Reads { made: 0, back_off: 2 });
    }

    #[test]
    fn savings_of_others_are_spent_and_no_more() {
        let mut reads = Reads::default();
        reads.look(&mut Looks::default(), Duration::from_secs(600));
        assert_eq!(reads, Reads { made: 0, back_off: back_off_looks(600.0) });
        let (alone, _) = looks(Reads::default(), Some((14, 40, 66)), 66.0);
        let (helped, _) = looks(reads, Some((14, 40, 66)), 66.0);
        assert!(helped > alone, "{helped} looks with savings, {alone} without");
    }

    #[test]
    fn a_larger_share_of_the_savings_is_a_shorter_pause() {
        let range = Some((88, 120, 201));
        let reads = Reads { made: 0, back_off: 20 };
        let pause =
            |part| reads.next_poll(Looks::default(), Duration::from_secs(90), range, share(part));
        assert!(pause(0.8) < pause(0.4));
        assert!(pause(0.4) < pause(0.0));
        let broke = Reads { made: 20, back_off: 20 };
        let longest =
            broke.next_poll(Looks::default(), Duration::from_secs(200), range, share(0.8));
        assert!(longest <= Duration::from_secs_f64(LONGEST), "{longest:?}");
    }

    #[test]
    fn what_is_saved_counts_before_the_next_look() {
        let (mut reads, mut looks) = (Reads::default(), Looks::default());
        let elapsed = Duration::from_secs(600);
        reads.accrue(&mut looks, elapsed);
        let saved = Reads { made: 0, back_off: back_off_looks(600.0) };
        assert_eq!(reads, saved);
        reads.look(&mut looks, elapsed);
        assert_eq!(reads, saved, "nothing is booked twice");
    }

    #[test]
    fn pauses_are_short_where_ends_are_dense() {
        let reads = Reads { made: 0, back_off: 40 };
        let pause = |at| {
            let (at, range) = (Duration::from_secs(at), Some((60, 100, 540)));
            reads.next_poll(Looks::default(), at, range, share(1.0))
        };
        assert!(pause(70) * 3 < pause(200), "{:?}, {:?}", pause(70), pause(200));
        // Whoever is late is late by an unknown time: the longer, the later.
        assert!(pause(20_000) > pause(600), "{:?}, {:?}", pause(20_000), pause(600));
    }

    /// Of the arithmetic nothing changes unnoticed: seconds until the next look, after so many seconds, by
    /// what was made and what back-off would have made.
    #[test]
    fn pauses_are_the_ones_that_were_measured() {
        let share = Share { part: 0.5, finest: 60.0, shortest: SHORTEST };
        let mut table = String::new();
        for range in [(88, 120, 201), (503, 612, 683), (14, 40, 66), (60, 60, 61)] {
            for (made, back_off) in [(0, 0), (0, 30), (30, 30), (31, 30), (3, 9)] {
                let pause = |at: u64| {
                    let at = Duration::from_secs(at);
                    // Who looked often has nothing left of its own.
                    let own = if made < 30 { 2 } else { 40 };
                    let mut looks = Looks { made: own, first: 1, credited: 0 };
                    Reads::default().accrue(&mut looks, at);
                    let reads = Reads { made, back_off };
                    reads.next_poll(looks, at, Some(range), share).as_secs_f64()
                };
                let moments = [0, 14, 20, 30, 53, 60, 88, 119, 120, 168, 201, 400, 612, 690, 2000];
                let row: Vec<String> = moments.map(|at| format!("{:.1}", pause(at))).into();
                table.push_str(&format!("{range:?} {made}/{back_off}: {}\n", row.join(" ")));
            }
        }
        insta::assert_snapshot!(table.trim_end(), @r"
        (88, 120, 201) 0/0: 44.0 30.0 24.0 62.9 40.9 33.9 7.5 6.5 10.0 10.0 10.0 10.0 10.0 10.0 10.0
        (88, 120, 201) 0/30: 44.0 30.0 24.0 60.6 37.9 30.9 3.2 2.3 3.5 2.2 2.2 2.2 2.2 2.3 6.7
        (88, 120, 201) 30/30: 44.0 30.0 24.0 62.9 40.9 33.9 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0
        (88, 120, 201) 31/30: 44.0 30.0 24.0 62.9 40.9 33.9 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0
        (88, 120, 201) 3/9: 44.0 30.0 24.0 62.1 39.9 32.9 5.9 4.7 7.4 5.5 3.4 6.7 10.0 10.0 10.0
        (503, 612, 683) 0/0: 251.5 237.5 231.5 221.5 198.5 191.5 163.5 132.5 131.5 338.9 306.2 110.0 10.0 10.0 10.0
        (503, 612, 683) 0/30: 251.5 237.5 231.5 221.5 198.5 191.5 163.5 132.5 131.5 338.3 305.3 107.6 3.4 2.6 6.7
        (503, 612, 683) 30/30: 251.5 237.5 231.5 221.5 198.5 191.5 163.5 132.5 131.5 338.9 306.2 110.0 10.0 10.0 10.0
        (503, 612, 683) 31/30: 251.5 237.5 231.5 221.5 198.5 191.5 163.5 132.5 131.5 338.9 306.2 110.0 10.0 10.0 10.0
        (503, 612, 683) 3/9: 251.5 237.5 231.5 221.5 198.5 191.5 163.5 132.5 131.5 338.6 305.9 109.4 7.9 10.0 10.0
        (14, 40, 66) 0/0: 19.8 10.0 10.0 10.0 10.0 6.0 4.4 6.0 6.0 8.4 10.0 10.0 10.0 10.0 10.0
        (14, 40, 66) 0/30: 16.2 2.7 2.4 2.0 1.0 1.0 1.0 1.0 1.0 1.0 1.0 1.3 2.0 2.3 6.7
        (14, 40, 66) 30/30: 19.8 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0
        (14, 40, 66) 31/30: 19.8 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0
        (14, 40, 66) 3/9: 18.3 7.4 6.6 6.0 4.3 2.0 1.5 2.0 2.0 2.8 3.4 6.7 10.0 10.0 10.0
        (60, 60, 61) 0/0: 30.0 16.0 41.0 31.0 8.0 3.0 4.4 6.0 6.0 8.4 10.0 10.0 10.0 10.0 10.0
        (60, 60, 61) 0/30: 30.0 16.0 41.0 31.0 8.0 1.0 1.0 1.0 1.0 1.0 1.0 1.3 2.0 2.3 6.7
        (60, 60, 61) 30/30: 30.0 16.0 41.0 31.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0
        (60, 60, 61) 31/30: 30.0 16.0 41.0 31.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0 10.0
        (60, 60, 61) 3/9: 30.0 16.0 41.0 31.0 8.0 1.0 1.5 2.0 2.0 2.8 3.4 6.7 10.0 10.0 10.0
        ");
    }

    /// The mean of what is wasted over all ends that the range tells of.
    fn wasted(range: Range, known: Option<Range>) -> f64 {
        let ends = (0..100).map(|part| {
            let (from, to) = if part < 50 { (range.0, range.1) } else { (range.1, range.2) };
            let (from, to) = (f64::from(from), f64::from(to));
            from + (to - from) * (f64::from(part % 50) + 0.5) / 50.0
        });
        ends.map(|end| looks(Reads { made: 0, back_off: 100 }, known, end).1).sum::<f64>() / 100.0
    }

    #[test]
    fn within_the_range_less_is_wasted() {
        for range in &KINDS[..5] {
            let (ours, theirs) = (wasted(*range, Some(*range)), wasted(*range, None));
            assert!(ours < theirs * 0.9, "{range:?}: {ours:.1} s, back-off {theirs:.1} s");
        }
    }
}
