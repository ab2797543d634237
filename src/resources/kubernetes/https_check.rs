//! The last node of a platform: its address answers over HTTPS under its own name.

use serde::{Deserialize, Serialize};

use crate::address::Ref;
use crate::aws::{Answered, Probe};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ready, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::elbv2::LoadBalancer;

/// Desired values: which address must answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpsCheck {
    pub host: String,
    pub path: String,
    /// Asked directly: the world's resolvers may still hold the time before the record.
    pub balancer: Ref<LoadBalancer>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpsCheckLive {
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
                Some(recorded) if recorded.answered.well() => recorded.clone(),
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
        let mut diff = Diff::new();
        diff.free("url", &self.url(), &live.url);
        diff.finish()
    }

    fn ready(&self, live: &HttpsCheckLive) -> Ready {
        if live.answered.well() { Ready::Yes } else { Ready::Wait(live.answered.to_string()) }
    }

    fn outputs(&self, live: &HttpsCheckLive) -> Vec<(&'static str, String)> {
        vec![("url", live.url.clone())]
    }
}

impl HttpsCheck {
    fn url(&self) -> String {
        format!("https://{}{}", self.host, self.path)
    }

    async fn probe(&self, scope: &Scope) -> Result<HttpsCheckLive> {
        let balancer = scope.live(&self.balancer)?.dns_name;
        let probe = Probe { host: &self.host, path: &self.path, balancer: &balancer };
        Ok(HttpsCheckLive {
            url: self.url(),
            answered: scope.aws.web.ask(probe, scope.clock).await,
        })
    }
}
