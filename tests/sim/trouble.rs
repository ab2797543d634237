//! The alphabet of troubles: everything that may go wrong at a call.

/// One thing that goes wrong, from a call on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// The process dies before the call leaves.
    CrashBefore,
    /// The process dies after AWS carried the call out, before the answer.
    CrashAfter,
    /// The answer arrives and the process dies before what it said is recorded.
    CrashUnrecorded,
    /// The process dies, and the call reaches AWS seconds later.
    CrashLate,
    /// Carried out, and never answered.
    Timeout,
    /// Carried out, and the connection is reset.
    Reset,
    /// Not carried out, and the connection is reset.
    NotSent,
    Unavailable,
    /// This and the next calls are refused as too many.
    Throttle,
    /// Answered as the world was before the last change.
    Stale,
    /// From here on, for a while, what is new may not be seen yet.
    Lag,
    /// Delivered twice.
    Twice,
    /// The answer breaks off in the middle.
    Truncated,
    /// The answer holds status words that nobody knows.
    Unknown,
    /// The answer is empty.
    Missing,
    /// A role made a moment ago cannot be assumed yet.
    RoleNotYet,
    /// A delete is refused: something still uses the object.
    InUse,
    Quota,
    /// This action is denied until the process ends.
    Denied,
    /// From here on the credentials are expired, until the process ends.
    Expired,
    /// What this call makes will never work.
    Doomed,
    /// A stranger deletes one of our objects.
    Deleted,
    /// Ctrl-C once, and twice.
    Stop,
    StopTwice,
    /// The disk is full from the next save on, until the process ends.
    DiskFull,
}

impl Trouble {
    const WORDS: [(Self, &'static str); 25] = [
        (Self::CrashBefore, "crash-before"),
        (Self::CrashAfter, "crash-after"),
        (Self::CrashUnrecorded, "crash-unrecorded"),
        (Self::CrashLate, "crash-late"),
        (Self::Timeout, "timeout"),
        (Self::Reset, "reset"),
        (Self::NotSent, "not-sent"),
        (Self::Unavailable, "503"),
        (Self::Throttle, "throttle"),
        (Self::Stale, "stale"),
        (Self::Lag, "lag"),
        (Self::Twice, "twice"),
        (Self::Truncated, "truncated"),
        (Self::Unknown, "unknown"),
        (Self::Missing, "missing"),
        (Self::RoleNotYet, "role-not-yet"),
        (Self::InUse, "in-use"),
        (Self::Quota, "quota"),
        (Self::Denied, "denied"),
        (Self::Expired, "expired"),
        (Self::Doomed, "doomed"),
        (Self::Deleted, "deleted"),
        (Self::Stop, "stop"),
        (Self::StopTwice, "stop-twice"),
        (Self::DiskFull, "disk-full"),
    ];

    /// Struck at every single boundary.
    pub const SWEPT: [Self; 7] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::CrashUnrecorded,
        Self::Timeout,
        Self::Unavailable,
        Self::Throttle,
        Self::Stale,
    ];

    /// Struck at every pair of boundaries.
    pub const PAIRED: [Self; 2] = [Self::CrashBefore, Self::CrashAfter];

    pub fn all() -> impl Iterator<Item = Self> {
        Self::WORDS.iter().map(|(trouble, _)| *trouble)
    }

    pub fn word(self) -> &'static str {
        let row = Self::WORDS.iter().find(|(trouble, _)| *trouble == self);
        row.map_or("?", |(_, word)| word)
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(trouble, _)| *trouble)
    }
}
