//! edxaws's own plugin for Tutor: patches that make its settings those of a platform on AWS.

use std::collections::BTreeMap;

use serde_json::json;

use super::config::OWN;
use crate::openedx::django;
use crate::openedx::inputs::{Inputs, Mongodb};

/// The plugin as YAML, of which JSON is a part.
pub fn text(inputs: &Inputs, ca_bundle: Option<&str>) -> String {
    let mut patches = BTreeMap::from([
        ("openedx-common-settings".to_owned(), django::common(inputs, ca_bundle)),
        ("openedx-lms-common-settings".to_owned(), django::lms()),
    ]);
    if let Mongodb::InCluster { username, password, .. } = &inputs.mongodb {
        patches.insert("k8s-override".to_owned(), mongodb(username, password));
    }
    for (name, text) in &inputs.openedx.patches {
        let whole = patches.entry(name.clone()).or_default();
        if !whole.is_empty() && !whole.ends_with('\n') {
            whole.push('\n');
        }
        whole.push_str(text);
    }
    json!({ "name": OWN, "version": env!("CARGO_PKG_VERSION"), "patches": patches }).to_string()
}

/// Tutor's MongoDB lets everybody in who reaches its port; with these its first start makes a user
/// and asks for the password ever after.
fn mongodb(username: &str, password: &str) -> String {
    format!(
        "\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: mongodb
spec:
  template:
    spec:
      containers:
      - name: mongodb
        env:
        - name: MONGO_INITDB_ROOT_USERNAME
          value: {username}
        - name: MONGO_INITDB_ROOT_PASSWORD
          value: {password}
---
"
    )
}
