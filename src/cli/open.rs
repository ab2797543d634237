//! `edxaws open`: the address of a site, and the browser on it.

use super::args::{Global, OpenArgs, Page};
use super::site::Site;
use crate::error::{Exit, Result};
use crate::view;

pub async fn run(global: &Global, args: &OpenArgs) -> Result<Exit> {
    let site = Site::open(global, &args.site).await?;
    let host = match args.page {
        Page::Lms => site.settings.lms_host.clone(),
        Page::Cms => site.settings.cms_host(),
        Page::Mfe => site.settings.mfe_host(),
    };
    let url = format!("https://{host}/");
    view::out(&format!("{url}\n"))?;
    if site.sandbox {
        view::err("the sandbox has no such host: on AWS a browser would show it\n");
    } else if view::is_terminal() {
        browse(&url).await;
    }
    Ok(Exit::Done)
}

/// A machine without a browser has the address on its terminal.
async fn browse(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = std::process::Stdio::null;
    let begun = tokio::process::Command::new(program)
        .arg(url)
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .status();
    if let Err(error) = begun.await {
        tracing::debug!(%error, program, "no browser");
    }
}
