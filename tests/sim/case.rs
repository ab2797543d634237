//! The name of one simulated run: what happens, on what, under which seed, with which troubles.

use std::fmt;
use std::str::FromStr;

use crate::trouble::Trouble;

/// What the user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// `up` of an empty account.
    Up,
    /// `up` after the profile was edited.
    Edit,
    /// `destroy` of a complete stack.
    Destroy,
    /// `destroy` of a half-built stack.
    Half,
}

/// Whether somebody deletes or changes one of our objects behind our back before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stranger {
    Away,
    Meddles,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub verb: Verb,
    pub stranger: Stranger,
    pub ground: String,
    pub seed: u64,
    /// Troubles and the number of the call at which each begins.
    pub troubles: Vec<(Trouble, usize)>,
}

impl Verb {
    pub const ALL: [Self; 4] = [Self::Up, Self::Edit, Self::Destroy, Self::Half];

    fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Edit => "edit",
            Self::Destroy => "destroy",
            Self::Half => "half",
        }
    }
}

impl Case {
    pub fn new(verb: Verb, stranger: Stranger, ground: &str, seed: u64) -> Self {
        Self { verb, stranger, ground: ground.to_owned(), seed, troubles: Vec::new() }
    }

    pub fn with(&self, troubles: &[(Trouble, usize)]) -> Self {
        Self { troubles: troubles.to_vec(), ..self.clone() }
    }

    /// What a person types to see it again.
    pub fn replay(&self) -> String {
        format!("EDXAWS_SIM='{self}' cargo test --test sim replay -- --nocapture")
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stranger = if self.stranger == Stranger::Meddles { "+stranger" } else { "" };
        write!(f, "{}{stranger}:{}:seed={}:f=", self.verb.word(), self.ground, self.seed)?;
        for (nth, (trouble, at)) in self.troubles.iter().enumerate() {
            let comma = if nth == 0 { "" } else { "," };
            write!(f, "{comma}{}@{at}", trouble.word())?;
        }
        Ok(())
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let parts: Vec<&str> = line.split(':').collect();
        let [what, ground, seed, troubles] = parts[..] else {
            return Err(format!("`{line}` is not `verb:ground:seed=N:f=trouble@N,…`"));
        };
        let (word, stranger) = match what.split_once('+') {
            Some((word, "stranger")) => (word, Stranger::Meddles),
            _ => (what, Stranger::Away),
        };
        let verb = Verb::ALL.into_iter().find(|verb| verb.word() == word);
        let verb = verb.ok_or_else(|| format!("`{word}` is no verb"))?;
        let seed = seed.strip_prefix("seed=").and_then(|seed| seed.parse().ok());
        let seed = seed.ok_or_else(|| format!("`{line}` has no seed"))?;
        let list = troubles.strip_prefix("f=").ok_or_else(|| format!("`{line}` has no f="))?;
        let list = list.split(',').filter(|one| !one.is_empty()).map(|one| {
            let (word, at) = one.split_once('@').ok_or_else(|| format!("`{one}` has no @"))?;
            let trouble = Trouble::parse(word).ok_or_else(|| format!("`{word}` is no trouble"))?;
            Ok((trouble, at.parse().map_err(|_| format!("`{at}` is no number"))?))
        });
        let troubles = list.collect::<Result<_, String>>()?;
        Ok(Self { verb, stranger, ground: ground.to_owned(), seed, troubles })
    }
}
