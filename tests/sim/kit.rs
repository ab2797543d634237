//! SDK clients that several cases share: building them costs more than a short run.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use edxaws::aws::{Clients, Clock, Endpoint, Scope, StackId, connect};
use edxaws::profile::Settings;
use edxaws_localstack::{LocalAws, connector};
use jiff::Timestamp;

/// An HTTP client that goes to whichever local AWS is set now.
#[derive(Debug, Clone, Default)]
struct Switch(Arc<Mutex<Option<LocalAws>>>);

impl HttpClient for Switch {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Switch {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(local) => connector(local).call(request),
            None => HttpConnectorFuture::ready(Err(ConnectorError::user("no local AWS".into()))),
        }
    }
}

struct Kit {
    switch: Switch,
    clients: Clients,
    region: String,
    uses: usize,
}

/// The clients' own trace grows with every call: they are made anew now and then.
const USES: usize = 100;

thread_local! {
    static KIT: RefCell<Option<Kit>> = const { RefCell::new(None) };
}

/// What one process of the simulation uses: clients that talk to `local`, time, randomness.
pub async fn scope(local: &LocalAws, settings: &Settings, seed: u64) -> Scope {
    let clients = clients(local, settings).await.in_process(local);
    let id = StackId {
        name: settings.stack.clone(),
        account: "123456789012".to_owned(),
        region: settings.region.clone(),
        partition: "aws".to_owned(),
    };
    let now = Timestamp::from_millisecond((local.clock.now() * 1000.0) as i64).unwrap();
    let random = fastrand::Rng::with_seed(seed);
    Scope::new(clients, id, Clock::fixed(1.0, now), settings.tags.clone(), random)
}

async fn clients(local: &LocalAws, settings: &Settings) -> Clients {
    let kept = KIT.with_borrow_mut(|kit| {
        let kit = kit.as_mut().filter(|kit| kit.region == settings.region && kit.uses < USES)?;
        kit.uses += 1;
        *kit.switch.0.lock().unwrap() = Some(local.clone());
        Some(kit.clients.clone())
    });
    if let Some(clients) = kept {
        return clients;
    }
    let switch = Switch(Arc::new(Mutex::new(Some(local.clone()))));
    let http = SharedHttpClient::new(switch.clone());
    let clients = Clients::new(&connect(&Endpoint::Local(http), &settings.region).await);
    let region = settings.region.clone();
    let kit = Kit { switch, clients: clients.clone(), region, uses: 0 };
    KIT.with_borrow_mut(|slot| *slot = Some(kit));
    clients
}
