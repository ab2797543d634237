//! Asking AWS's price list, a few questions at a time.

use aws_sdk_pricing::types::{Filter, FilterType};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::aws::{Failure, Scope};
use crate::cost::refresh::{Answer, Product, Question, places, questions};
use crate::engine::{Patience, Stop, attempt};
use crate::error::{Problem, Result};

/// How many questions are asked at once.
const AT_ONCE: usize = 4;

/// The answers to the questions about these services (all when none is named), in a fixed order.
pub async fn ask(
    scope: &Scope,
    stop: &Stop,
    regions: &[String],
    services: &[String],
) -> Result<Vec<Answer<'static>>> {
    let wanted = questions().filter(|question| is_about(question, services));
    let asked = wanted.flat_map(|question| {
        let at = places(question, regions).into_iter().map(str::to_owned);
        at.map(move |region| (question, region)).collect::<Vec<_>>()
    });
    let answers = asked.map(|(question, region)| answer(scope, stop, question, region));
    stream::iter(answers).buffered(AT_ONCE).try_collect().await
}

fn is_about(question: &Question, services: &[String]) -> bool {
    let named = |service: &str| services.iter().any(|one| one == service);
    services.is_empty() || question.picks.iter().any(|pick| named(pick.service))
}

async fn answer(
    scope: &Scope,
    stop: &Stop,
    question: &'static Question,
    region: String,
) -> Result<Answer<'static>> {
    let mut products = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let call = || -> crate::kind::Boxed<'_, _> {
            Box::pin(page(scope, question, &region, token.clone()))
        };
        let (texts, next) = attempt(scope, stop, Patience::READ, |_| {}, call).await?;
        for text in texts {
            let product = Product::parse(&text).map_err(|error| {
                Problem::user(format!("the price list of {} is unreadable", question.service_code))
                    .because(error.to_string())
            })?;
            products.push(product);
        }
        match next {
            Some(next) => token = Some(next),
            None => return Ok(Answer { question, region, products }),
        }
    }
}

/// One page of products, and the token of the next.
async fn page(
    scope: &Scope,
    question: &Question,
    region: &str,
    token: Option<String>,
) -> Result<(Vec<String>, Option<String>), Failure> {
    let filters = question.filters(region).map(|(field, value)| {
        Filter::builder().r#type(FilterType::TermMatch).field(field).value(value).build()
    });
    let filters = filters
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Failure::unexpected("pricing", "GetProducts", error.to_string()))?;
    let call = scope.aws.pricing.get_products().service_code(question.service_code);
    let call = call.set_filters(Some(filters)).format_version("aws_v1").max_results(100);
    let answer = call.set_next_token(token).send().await?;
    let next = answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
    Ok((answer.price_list().to_vec(), next))
}
