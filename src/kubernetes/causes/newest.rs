//! Which pods of a workload follow its newest template: what older ones say is a former mistake's.

use serde_json::Value;

use super::text;
use crate::aws::Failure;
use crate::kubernetes::object::{Api, ObjectId};

/// What tells the newest pods from others.
#[derive(Debug, PartialEq, Eq)]
pub enum Newest {
    /// There is only one template.
    All,
    /// Those with this label.
    Labelled(&'static str, String),
    /// None has been made yet.
    None,
}

impl Newest {
    /// `selector` finds everything that the workload owns.
    pub async fn of(api: &Api, workload: &Value, selector: &str) -> Result<Self, Failure> {
        match text(workload, "/kind") {
            Some("Deployment") => {
                let space = text(workload, "/metadata/namespace");
                let like = ObjectId::new("apps/v1", "ReplicaSet", space, "");
                Ok(Self::by_template(workload, &api.list(&like, selector).await?))
            }
            Some("StatefulSet") => Ok(Self::by_revision(workload)),
            _ => Ok(Self::All),
        }
    }

    pub fn holds(&self, pod: &Value) -> bool {
        match self {
            Self::All => true,
            Self::Labelled(label, value) => {
                let labels = pod.pointer("/metadata/labels");
                labels.and_then(|labels| labels.get(label)?.as_str()) == Some(value)
            }
            Self::None => false,
        }
    }

    /// A Deployment does not name its newest set; the set has the Deployment's template.
    fn by_template(deployment: &Value, sets: &[Value]) -> Self {
        const HASH: &str = "pod-template-hash";
        let wanted = deployment.pointer("/spec/template");
        let found = sets.iter().find_map(|set| {
            let mut template = set.pointer("/spec/template")?.clone();
            let labels = template.pointer_mut("/metadata/labels")?.as_object_mut()?;
            let hash = labels.remove(HASH)?.as_str()?.to_owned();
            (Some(&template) == wanted).then_some(hash)
        });
        found.map_or(Self::None, |hash| Self::Labelled(HASH, hash))
    }

    fn by_revision(set: &Value) -> Self {
        let number = |path: &str| set.pointer(path).and_then(Value::as_i64);
        let observed = number("/status/observedGeneration") >= number("/metadata/generation");
        match text(set, "/status/updateRevision").filter(|_| observed) {
            Some(revision) => Self::Labelled("controller-revision-hash", revision.to_owned()),
            None => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(hash: &str, image: &str) -> Value {
        json!({"spec": {"template": {"metadata": {"labels": {"app": "a", "pod-template-hash": hash}},
            "spec": {"image": image}}}})
    }

    #[test]
    fn the_newest_set_is_the_one_with_the_template_whenever_it_was_made() {
        let deployment = json!({"spec": {"template": {"metadata": {"labels": {"app": "a"}},
            "spec": {"image": "good"}}}});
        let newest = Newest::by_template(&deployment, &[set("1", "good"), set("2", "bad")]);
        assert_eq!(newest, Newest::Labelled("pod-template-hash", "1".to_owned()));
        let pod = |hash: &str| json!({"metadata": {"labels": {"pod-template-hash": hash}}});
        assert!(newest.holds(&pod("1")) && !newest.holds(&pod("2")));
        assert_eq!(Newest::by_template(&deployment, &[set("2", "bad")]), Newest::None);
    }

    #[test]
    fn a_status_of_a_former_spec_names_no_revision() {
        let set = |observed: i64| {
            json!({"metadata": {"generation": 2},
                "status": {"observedGeneration": observed, "updateRevision": "x"}})
        };
        assert_eq!(Newest::by_revision(&set(1)), Newest::None);
        let label = Newest::Labelled("controller-revision-hash", "x".to_owned());
        assert_eq!(Newest::by_revision(&set(2)), label);
    }
}
