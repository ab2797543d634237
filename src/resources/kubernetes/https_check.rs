//! The last node of a platform: its sites answer over HTTPS under their own names.

use serde::{Deserialize, Serialize};

use crate::address::Ref;
use crate::aws::{Answered, Probe};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ready, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::elbv2::LoadBalancer;

/// Desired values: which addresses must answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpsCheck {
    pub pages: Vec<Page>,
    /// Asked directly: the world's resolvers may still hold the time before the record.
    pub balancer: Ref<LoadBalancer>,
}

/// A page that anybody may see.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub host: String,
    pub path: String,
}

/// What each page answered, in the order of the desired ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpsCheckLive {
    /// For people.
    pub answers: String,
    pub pages: Vec<PageLive>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageLive {
    pub url: String,
    pub answered: Answered,
}

impl Resource for HttpsCheck {
    const KIND: &'static str = "https_check";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::new((1, 20, 600), (0, 0, 1));
    const ACTIONS: &'static [&'static str] = &["elasticloadbalancing:DescribeLoadBalancers"];
    const FORGET_ON_DELETE: bool = true;

    type Live = HttpsCheckLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<HttpsCheckLive>>> {
        let mut found = Vec::new();
        for one in wanted {
            let Some(recorded) = &one.live else { continue };
            let live = match scope.recorded(Some(recorded)) {
                Some(recorded) if recorded.unwell().is_none() => recorded.clone(),
                _ => one.desired.probe(scope).await?,
            };
            found.push(Found::asked(&one.address, live));
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<HttpsCheckLive> {
        self.probe(scope).await
    }

    async fn update(&self, _: &Scope, _: &HttpsCheckLive, _: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, _: &Scope, _: &HttpsCheckLive) -> Result<()> {
        Ok(())
    }

    fn diff(&self, live: &HttpsCheckLive, _facts: &Facts) -> Change {
        let desired: Vec<String> = self.pages.iter().map(Page::url).collect();
        let asked: Vec<String> = live.pages.iter().map(|page| page.url.clone()).collect();
        let mut diff = Diff::new();
        diff.free("pages", &desired, &asked);
        diff.finish()
    }

    fn ready(&self, live: &HttpsCheckLive) -> Ready {
        if live.unwell().is_none() { Ready::Yes } else { Ready::Wait(live.answers.clone()) }
    }

    fn outputs(&self, live: &HttpsCheckLive) -> Vec<(&'static str, String)> {
        live.pages.iter().take(1).map(|page| ("url", page.url.clone())).collect()
    }
}

impl Page {
    fn url(&self) -> String {
        format!("https://{}{}", self.host, self.path)
    }
}

impl HttpsCheckLive {
    fn of(pages: Vec<PageLive>) -> Self {
        let mut live = Self { answers: format!("{} answer", pages.len()), pages };
        if let Some(page) = live.unwell() {
            live.answers = format!("{}: {}", page.url, page.answered);
        }
        live
    }

    fn unwell(&self) -> Option<&PageLive> {
        self.pages.iter().find(|page| !page.answered.well())
    }
}

impl HttpsCheck {
    async fn probe(&self, scope: &Scope) -> Result<HttpsCheckLive> {
        let balancer = scope.live(&self.balancer)?.dns_name;
        let asked = self.pages.iter().map(|page| {
            let probe = Probe { host: &page.host, path: &page.path, balancer: &balancer };
            let answer = scope.aws.web.ask(probe, scope.clock);
            async { PageLive { url: page.url(), answered: answer.await } }
        });
        Ok(HttpsCheckLive::of(futures_util::future::join_all(asked).await))
    }
}
