//! Merging one cluster into a kubeconfig without losing a byte of what is there.
//!
//! The file is edited as text: entries of ours are replaced, new ones go behind the last of their
//! list, and everything else stays as it was, comments and order included.

/// The three entries of one cluster, all under one name.
#[derive(Debug, Clone)]
pub struct Entries {
    pub name: String,
    pub endpoint: String,
    /// Base64 of the PEM, as EKS answers it.
    pub certificate_authority: String,
    pub cluster: String,
    pub region: String,
    /// The program kubectl calls for a token.
    pub command: String,
    /// Variables that program is given: the credentials' profile, when one is chosen now.
    pub env: Vec<(&'static str, String)>,
}

/// The file is in a form that cannot be edited line by line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{key}` is not a block list")]
pub struct NotMergeable {
    pub line: usize,
    pub key: String,
}

/// `existing` with the entries in it.
pub fn merge(existing: &str, entries: &Entries) -> Result<String, NotMergeable> {
    let mut text = match existing.trim().is_empty() {
        true => "apiVersion: v1\nkind: Config\n".to_owned(),
        false => existing.to_owned(),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if let Some(line) = text.lines().position(|line| line.starts_with(['{', '['])) {
        return Err(NotMergeable { line: line + 1, key: "(JSON)".to_owned() });
    }
    text = put(&text, "clusters", &entries.name, &entries.cluster_item())?;
    text = put(&text, "contexts", &entries.name, &entries.context_item())?;
    text = put(&text, "users", &entries.name, &entries.user_item())?;
    Ok(choose_context(&text, &entries.name))
}

impl Entries {
    fn cluster_item(&self) -> Vec<String> {
        let Self { name, endpoint, certificate_authority, .. } = self;
        vec![
            "- cluster:".to_owned(),
            format!("    certificate-authority-data: {certificate_authority}"),
            format!("    server: {endpoint}"),
            format!("  name: {name}"),
        ]
    }

    fn context_item(&self) -> Vec<String> {
        let name = &self.name;
        vec![
            "- context:".to_owned(),
            format!("    cluster: {name}"),
            format!("    user: {name}"),
            format!("  name: {name}"),
        ]
    }

    fn user_item(&self) -> Vec<String> {
        let Self { name, cluster, region, command, .. } = self;
        let mut lines = vec![
            format!("- name: {name}"),
            "  user:".to_owned(),
            "    exec:".to_owned(),
            "      apiVersion: client.authentication.k8s.io/v1".to_owned(),
            "      interactiveMode: Never".to_owned(),
            format!("      command: {command}"),
            "      args:".to_owned(),
        ];
        let args = ["token", "--cluster", cluster, "--region", region];
        lines.extend(args.map(|arg| format!("      - {arg}")));
        if !self.env.is_empty() {
            lines.push("      env:".to_owned());
        }
        for (name, value) in &self.env {
            lines.push(format!("      - name: {name}"));
            lines.push(format!("        value: {value}"));
        }
        lines
    }
}

/// Puts `item` into the list `key`: over the item of the same name, else behind the last one.
fn put(text: &str, key: &str, name: &str, item: &[String]) -> Result<String, NotMergeable> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let head = format!("{key}:");
    let Some(at) = lines.iter().position(|line| line.starts_with(&head)) else {
        lines.push(head);
        lines.extend(item.iter().cloned());
        return Ok(join(&lines));
    };
    match lines[at][head.len()..].split('#').next().unwrap_or_default().trim() {
        "" => {}
        "[]" | "null" | "~" => lines[at] = head,
        _ => return Err(NotMergeable { line: at + 1, key: key.to_owned() }),
    }
    let end = end_of_list(&lines, at + 1);
    let items = items(&lines, at + 1, end);
    let indent = items.first().map_or(0, |&(start, _)| indent_of(&lines[start]));
    let item: Vec<String> =
        item.iter().map(|line| format!("{}{line}", " ".repeat(indent))).collect();
    let ours = items.iter().find(|&&(start, end)| is_named(&lines[start..end], indent, name));
    match ours {
        Some(&(start, end)) => lines.splice(start..end, item),
        None => {
            let behind = items.last().map_or(at + 1, |&(_, end)| end);
            lines.splice(behind..behind, item)
        }
    };
    Ok(join(&lines))
}

fn join(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

/// The first line behind the list: a key in the first column.
fn end_of_list(lines: &[String], from: usize) -> usize {
    let outside = |line: &String| {
        !is_blank(line) && indent_of(line) == 0 && !line.starts_with("- ") && line != "-"
    };
    let end = lines.iter().skip(from).position(outside);
    end.map_or(lines.len(), |offset| from + offset)
}

/// The line ranges of the list's items, without the blank lines and comments behind them.
fn items(lines: &[String], from: usize, to: usize) -> Vec<(usize, usize)> {
    let first = (from..to).find(|&at| !is_blank(&lines[at]));
    let Some(indent) = first.map(|at| indent_of(&lines[at])) else { return Vec::new() };
    let starts: Vec<usize> = (from..to)
        .filter(|&at| indent_of(&lines[at]) == indent && lines[at].trim_start().starts_with('-'))
        .collect();
    let ends = starts.iter().skip(1).copied().chain([to]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let last = (start..end).rev().find(|&at| !is_blank(&lines[at]));
            (start, last.map_or(end, |at| at + 1))
        })
        .collect()
}

/// Whether the item's own `name` (not a deeper one) is `name`.
fn is_named(item: &[String], indent: usize, name: &str) -> bool {
    item.iter().any(|line| {
        let own = indent_of(line) == indent + 2 || indent_of(line) == indent;
        let text = line.trim_start().trim_start_matches("- ");
        let value = text.strip_prefix("name:").map(|rest| rest.trim().trim_matches(['"', '\'']));
        own && value == Some(name)
    })
}

/// A file that has chosen a context keeps it.
fn choose_context(text: &str, name: &str) -> String {
    let chosen = text.lines().find_map(|line| line.strip_prefix("current-context:"));
    match chosen.map(|value| value.trim().trim_matches(['"', '\''])) {
        None => format!("{text}current-context: {name}\n"),
        Some("") => {
            let lines = text.lines().map(|line| match line.starts_with("current-context:") {
                true => format!("current-context: {name}\n"),
                false => format!("{line}\n"),
            });
            lines.collect()
        }
        Some(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(name: &str, endpoint: &str) -> Entries {
        Entries {
            name: name.to_owned(),
            endpoint: endpoint.to_owned(),
            certificate_authority: "Q0E=".to_owned(),
            cluster: "edxaws-prod-main".to_owned(),
            region: "eu-west-1".to_owned(),
            command: "edxaws".to_owned(),
            env: Vec::new(),
        }
    }

    const FOREIGN: &str = "# my clusters\napiVersion: v1\nclusters:\n- cluster:\n    server: https://a  # keep\n  name: a\n\n# end of clusters\ncontexts:\n  - context: {cluster: a, user: a}\n    name: a\ncurrent-context: a\nkind: Config\npreferences: {}\nusers: []\n";

    #[test]
    fn nothing_of_a_foreign_file_is_lost() {
        let merged = merge(FOREIGN, &entries("edxaws-prod", "https://b")).unwrap();
        for line in FOREIGN.lines().filter(|line| *line != "users: []") {
            assert!(merged.contains(line), "lost {line:?} in\n{merged}");
        }
        assert!(merged.contains("  - context:\n      cluster: edxaws-prod"), "{merged}");
        assert!(merged.contains("current-context: a\n"));
    }

    #[test]
    fn merging_twice_is_merging_once_and_replaces_only_ours() {
        let once = merge(FOREIGN, &entries("edxaws-prod", "https://b")).unwrap();
        assert_eq!(merge(&once, &entries("edxaws-prod", "https://b")).unwrap(), once);
        let moved = merge(&once, &entries("edxaws-prod", "https://c")).unwrap();
        assert_eq!(moved, once.replace("https://b", "https://c"));
    }

    #[test]
    fn an_empty_file_becomes_a_whole_one() {
        let merged = merge("", &entries("edxaws-prod", "https://b")).unwrap();
        assert!(merged.starts_with("apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n"));
        assert!(merged.ends_with("current-context: edxaws-prod\n"));
    }

    #[test]
    fn what_cannot_be_merged_is_refused_by_line() {
        let flow = "clusters: [{name: a}]\n";
        let refused = merge(flow, &entries("x", "https://b")).unwrap_err();
        assert_eq!(refused, NotMergeable { line: 1, key: "clusters".to_owned() });
        assert!(merge("{\"clusters\": []}", &entries("x", "https://b")).is_err());
    }
}
