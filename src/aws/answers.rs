//! Answers that several kinds of one survey share: equal questions are asked once.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Failure;

type Cell = Arc<OnceCell<Arc<dyn Any + Send + Sync>>>;

/// The answers of one survey; outside of a survey every question is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers(Option<Arc<Mutex<BTreeMap<&'static str, Cell>>>>);

impl Answers {
    pub fn shared() -> Self {
        Self(Some(Arc::default()))
    }

    pub fn are_shared(&self) -> bool {
        self.0.is_some()
    }

    pub async fn get<T: Send + Sync + 'static>(
        &self,
        question: &'static str,
        ask: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Arc<T>, Failure> {
        let Some(cells) = &self.0 else { return ask.await.map(Arc::new) };
        let cell = {
            let mut cells = cells.lock().unwrap_or_else(PoisonError::into_inner);
            cells.entry(question).or_default().clone()
        };
        let answer = async { ask.await.map(|answer| Arc::new(answer) as Arc<_>) };
        let answer = cell.get_or_try_init(|| answer).await?.clone();
        answer.downcast().map_err(|_| {
            let message = format!("two answers of different types to `{question}`");
            Failure::unexpected("edxaws", "Share", message)
        })
    }
}
