//! The tasks that initialise a platform, each as a Job that runs once: its name is made of what it
//! does, so the same task never runs twice and a changed one always does.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::workload::{JOB, Workshop};
use super::{OverlayError, pod, secrets};
use crate::openedx::inputs::Mysql;
use crate::openedx::values::{MYSQL_ROOT_PASSWORD, MYSQL_ROOT_USERNAME, token};
use crate::openedx::{InitTask, Rendered};

/// One task: the Secret with its script, and the Job that runs it.
#[derive(Debug, Clone, PartialEq)]
pub struct InitJob {
    /// `lms-3-1f0c9a2b`: service, place in the order, digest.
    pub name: String,
    pub secret: Value,
    pub job: Value,
}

const FOLDER: &str = "/edxaws";
const SCRIPT: &str = "script.sh";
/// A pod that died with its node is no failed migration.
const RETRIES: u32 = 2;
const LONGEST: u32 = 3600;

pub fn all(
    rendered: &Rendered,
    templates: &BTreeMap<String, Value>,
    workshop: &Workshop<'_>,
) -> Result<Vec<InitJob>, OverlayError> {
    let mysql = &workshop.wishes.inputs.mysql;
    let tasks = rendered.tasks.iter().filter(|task| !mends_mounts(task));
    let jobs = tasks.enumerate().map(|(index, task)| {
        let template = templates.get(&format!("{}-job", task.service));
        let template =
            template.ok_or_else(|| OverlayError::NoTemplate { service: task.service.clone() })?;
        Ok(one(index + 1, task, template, mysql, workshop))
    });
    jobs.collect()
}

/// Tutor's first task mends source folders of the host's; on a cluster there are none.
fn mends_mounts(task: &InitTask) -> bool {
    task.script.contains("bindmount-canary")
}

fn one(
    number: usize,
    task: &InitTask,
    template: &Value,
    mysql: &Mysql,
    workshop: &Workshop<'_>,
) -> InitJob {
    let (script, texts) = script(task, mysql);
    let mut job = template.clone();
    finish(&mut job, &task.service, workshop);
    let digest = Sha256::digest(format!("{script}{job}"));
    let digest: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{}-{number}-{digest}", task.service);
    let object = format!("{}-init-{number}-{digest}", task.service);
    let namespace = job["metadata"]["namespace"].clone();
    let labels = job["metadata"]["labels"].clone();
    let mut held = texts;
    held.insert(SCRIPT.to_owned(), script);
    let secret = secrets::secret(&object, &namespace, labels, &held);
    call(&mut job, &object);
    InitJob { name, secret, job }
}

/// The script, and what it reads from files beside it: a password that AWS makes up holds characters
/// that a shell would read, and an environment is shown to whoever may see the pod.
fn script(task: &InitTask, mysql: &Mysql) -> (String, BTreeMap<String, String>) {
    let mut script = task.script.trim_end().to_owned();
    if task.service == "mysql" && script.contains(&mysql.database) {
        script = format!("{}{script}{}", former_password(mysql), least_rights(mysql));
    }
    script.push('\n');
    let (mut texts, mut reads) = (BTreeMap::new(), String::new());
    for name in [MYSQL_ROOT_USERNAME, MYSQL_ROOT_PASSWORD] {
        let placeholder = token(name);
        if script.contains(&placeholder) {
            let variable = secrets::variable(name);
            // Within single quotes a shell reads no variable.
            script = script
                .replace(&format!("'{placeholder}'"), &format!("\"${{{variable}}}\""))
                .replace(&placeholder, &format!("${{{variable}}}"));
            reads.push_str(&format!("{variable}=\"$(cat {FOLDER}/{variable})\"\n"));
            texts.insert(variable, placeholder);
        }
    }
    (reads + &script, texts)
}

/// When the password was rotated, pods that still run keep the former one: MySQL takes two, and what
/// changes the first later on leaves the second alone. One that is good already is not changed: that
/// would push the former one out. At the very first run there is no such user.
fn former_password(mysql: &Mysql) -> String {
    let Mysql { username, password, root_username, root_password, .. } = mysql;
    format!(
        "# edxaws: the former password stays good until the next one\n\
         {} -e \"SELECT 1\" >/dev/null 2>&1 || {} -e \"\n\
         ALTER USER IF EXISTS '{username}'@'%' IDENTIFIED BY '{password}' RETAIN CURRENT PASSWORD;\n\
         \" || echo \"no former password is kept\" >&2\n\n",
        client(mysql, username, password),
        client(mysql, root_username, root_password),
    )
}

/// MySQL's client as one of its users.
fn client(mysql: &Mysql, username: &str, password: &str) -> String {
    let Mysql { host, port, .. } = mysql;
    format!(
        "MYSQL_PWD=\"{password}\" mysql -u \"{username}\" --host \"{host}\" --port {port} \
         --ssl-mode=REQUIRED"
    )
}

/// An underscore in a grant stands for any character, so the grant on `openedx_a` would also hold
/// for a database of another platform that is called alike.
fn least_rights(mysql: &Mysql) -> String {
    let Mysql { database, username, root_username, root_password, .. } = mysql;
    let only = database.replace('_', "\\\\_");
    format!(
        "\n\n# edxaws: rights on this database alone, and over TLS alone\n\
         {} -e \"\n\
         GRANT ALL ON \\`{only}\\`.* TO '{username}'@'%';\n\
         REVOKE IF EXISTS ALL ON \\`{database}\\`.* FROM '{username}'@'%';\n\
         ALTER USER '{username}'@'%' REQUIRE SSL;\n\"",
        client(mysql, root_username, root_password)
    )
}

fn finish(job: &mut Value, service: &str, workshop: &Workshop<'_>) {
    let room = workshop.wishes.room(JOB);
    job["spec"]["backoffLimit"] = RETRIES.into();
    job["spec"]["activeDeadlineSeconds"] = LONGEST.into();
    let Some(spec) = pod::spec_mut(job) else { return };
    workshop.pod(spec, service, &room);
    for container in pod::items(spec, "containers") {
        // A template without a command of its own says so by an empty one.
        let nothing = container.get("command").is_some_and(|command| command == &json!([]));
        let field = if nothing { "command" } else { "args" };
        container[field] = json!(["sh", "-e", format!("{FOLDER}/{SCRIPT}")]);
        let mount = json!({"name": "edxaws-script", "mountPath": FOLDER, "readOnly": true});
        pod::push(container, "volumeMounts", mount);
    }
    let source = json!({"secretName": "", "defaultMode": 0o444});
    pod::push(spec, "volumes", json!({"name": "edxaws-script", "secret": source}));
}

/// Names the Job and the Secret it reads.
fn call(job: &mut Value, name: &str) {
    job["metadata"]["name"] = name.into();
    for labels in ["/metadata", "/spec/template/metadata"] {
        if let Some(metadata) = job.pointer_mut(labels) {
            pod::default(metadata, "labels", json!({}));
            metadata["labels"]["app.kubernetes.io/name"] = name.into();
        }
    }
    let Some(spec) = pod::spec_mut(job) else { return };
    for volume in pod::items(spec, "volumes") {
        if volume.pointer("/secret/secretName").is_some_and(|one| one == "") {
            volume["secret"]["secretName"] = name.into();
        }
    }
}
