//! Values nobody may see: they pass through memory on their way from one AWS service to another.

use std::fmt;

/// A secret value. It has neither `Serialize` nor `Display`, and its `Debug` says nothing, so it
/// cannot end up in the state, an event, a log or an error by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden<T>(T);

impl<T> Hidden<T> {
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; only ever as an argument of the call that needs it.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Another secret, made of this one.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Hidden<U> {
        Hidden(make(self.0))
    }
}

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_nothing() {
        let secret = Hidden::new("canary".to_owned()).map(|text| vec![text]);
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "[hidden] Some(\n    [hidden],\n)");
        assert_eq!(secret.expose(), &["canary"]);
    }
}
