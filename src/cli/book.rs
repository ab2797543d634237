//! Which price book counts: the user's own when it is newer than the one in the binary.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::args::Global;
use crate::aws::Clock;
use crate::cost::book::{Book, STALE_DAYS};
use crate::error::{Problem, Result};
use crate::profile::{self, Target};

/// The book in use and where it comes from.
pub struct InUse {
    pub book: Cow<'static, Book>,
    /// The user's file; none for the book in the binary.
    pub file: Option<PathBuf>,
}

impl InUse {
    /// The user's own book when there is one and it is newer, else the embedded one.
    pub fn find(global: &Global) -> Result<Self> {
        let path = path(global);
        let own = read(&path)?.filter(|own| own.date() > Book::embedded().date());
        Ok(match own {
            Some(book) => Self { book: Cow::Owned(book), file: Some(path) },
            None => Self { book: Cow::Borrowed(Book::embedded()), file: None },
        })
    }

    /// `prices of 2026-10-09, in the binary`
    pub fn title(&self) -> String {
        let place = match &self.file {
            Some(path) => format!("from `{}`", path.display()),
            None => "in the binary".to_owned(),
        };
        format!("prices of {}, {place}", self.book.date())
    }

    /// What must be said when the book is old.
    pub fn warning(&self, today: Date) -> Option<String> {
        let age = self.book.age_days(today);
        (age > STALE_DAYS).then(|| {
            format!("the prices are {age} days old; `edxaws prices refresh` reads newer ones\n")
        })
    }
}

/// The day, by UTC.
pub fn today() -> Date {
    Clock::real().stamp().to_zoned(TimeZone::UTC).date()
}

/// Where the user's own book is kept: beside the states, the sandbox's apart.
pub fn path(global: &Global) -> PathBuf {
    let name = if sandbox(global) { "prices@sandbox.txt" } else { "prices.txt" };
    global.state.join(name)
}

/// Whether this is about the local AWS; without a profile it is not.
pub fn sandbox(global: &Global) -> bool {
    let of_profile = || profile::load(&global.profile, &global.profiles);
    global.sandbox || of_profile().is_ok_and(|one| one.settings.target == Target::Sandbox)
}

/// A book in a file, none when there is no file.
pub fn read(path: &Path) -> Result<Option<Book>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Problem::io(path, &error)),
    };
    Book::parse(&text).map(Some).map_err(|error| {
        Problem::user(format!("`{}` is no price book", path.display()))
            .because(error.to_string())
            .hint(format!("remove it with `rm {}`; the prices in the binary count", path.display()))
    })
}
