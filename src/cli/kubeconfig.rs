//! `edxaws kubeconfig`: lets kubectl reach the cluster.

use std::path::PathBuf;

use super::args::{Global, KubeconfigArgs};
use super::sandbox;
use super::session::Session;
use crate::error::{Exit, Problem, Result};
use crate::kubeconfig::{Entries, merge};
use crate::resources::eks::Cluster;
use crate::state::write_private;
use crate::{stack, view};

pub async fn run(global: &Global, args: &KubeconfigArgs) -> Result<Exit> {
    let session = Session::open(global).await?;
    let entries = entries(global, &session).await?;
    if args.file.as_ref().is_some_and(|file| file.as_os_str() == "-") {
        let alone = merge("", &entries).map_err(|error| Problem::user(error.to_string()))?;
        view::out(&alone)?;
        return Ok(Exit::Done);
    }
    let path = args.file.clone().or_else(default_path).ok_or_else(|| {
        Problem::user("no home folder is known").hint("name the file with `--file`")
    })?;
    let existing = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Problem::io(&path, &error)),
    };
    let merged = merge(&existing, &entries).map_err(|error| {
        Problem::user(format!("`{}` cannot be merged into", path.display()))
            .because(error.to_string())
            .hint("write to a file of its own: `edxaws kubeconfig --file edxaws.kubeconfig`")
    })?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| Problem::io(folder, &error))?;
    }
    write_private(&path, merged.as_bytes()).map_err(|error| Problem::io(&path, &error))?;
    view::err(&format!(
        "`{}` has the context: kubectl --context {} get nodes\n",
        path.display(),
        entries.name
    ));
    Ok(Exit::Done)
}

async fn entries(global: &Global, session: &Session) -> Result<Entries> {
    let facts = session.state.facts();
    let cluster = session.state.records.keys().find(|address| address.kind() == "eks_cluster");
    let live = cluster.and_then(|address| facts.at::<Cluster>(address));
    let not_yet = || Problem::user("the cluster is not up yet").hint("run `edxaws up`");
    let live = live.ok_or_else(not_yet)?;
    let served = session.sandbox && std::env::var_os("AWS_ENDPOINT_URL").is_none();
    let (endpoint, certificate_authority) = match served {
        true => sandbox::cluster(global, &session.scope.stack.region, &live.name).await?,
        false => (
            live.endpoint.clone().ok_or_else(not_yet)?,
            live.certificate_authority.clone().ok_or_else(not_yet)?,
        ),
    };
    let command = std::env::current_exe()
        .map_or_else(|_| "edxaws".to_owned(), |path| path.display().to_string());
    let profile = std::env::var("AWS_PROFILE").map(|name| ("AWS_PROFILE", name));
    let env = if served { sandbox::credentials() } else { profile.into_iter().collect() };
    Ok(Entries {
        name: stack::name(&session.profile.settings, "").trim_end_matches('-').to_owned(),
        endpoint,
        certificate_authority,
        cluster: live.name,
        region: session.scope.stack.region.clone(),
        command,
        env,
    })
}

/// The first file of `$KUBECONFIG`, else `~/.kube/config`.
fn default_path() -> Option<PathBuf> {
    let named = std::env::var_os("KUBECONFIG").and_then(|all| std::env::split_paths(&all).next());
    named.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".kube/config")))
}
