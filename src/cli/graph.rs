//! `edxaws graph`: the desired resources as a drawing, as data, or in order.

use std::fmt::Write;

use serde_json::json;

use super::args::{Drawing, Global, GraphArgs};
use super::session::Session;
use crate::engine::PlanError;
use crate::error::{Exit, Result};
use crate::graph::Node;
use crate::view;

pub async fn run(global: &Global, args: &GraphArgs) -> Result<Exit> {
    let session = Session::whole(global).await?;
    let order = session.graph.order().map_err(PlanError::from)?;
    let text = match args.drawing {
        Drawing::Dot => dot(&order),
        Drawing::Mermaid => mermaid(&order),
        Drawing::Json => {
            view::document(json!({"nodes": order, "edges": session.graph.edges()}))?;
            return Ok(Exit::Done);
        }
        Drawing::List => order.iter().map(|node| format!("{}\n", node.address)).collect(),
    };
    view::out(&text)?;
    Ok(Exit::Done)
}

fn dot(order: &[&Node]) -> String {
    let mut text = String::from("digraph edxaws {\n  rankdir = LR;\n  node [shape = box];\n");
    for node in order {
        let _ = writeln!(text, "  \"{}\" [group = \"{}\"];", node.address, node.part);
        for up in &node.needs {
            let _ = writeln!(text, "  \"{up}\" -> \"{}\";", node.address);
        }
    }
    text.push_str("}\n");
    text
}

fn mermaid(order: &[&Node]) -> String {
    let mut text = String::from("flowchart LR\n");
    let id = |text: &str| text.replace(['.', '-'], "_");
    for node in order {
        let name = node.address.as_str();
        let _ = writeln!(text, "  {}[\"{name}\"]", id(name));
        for up in &node.needs {
            let _ = writeln!(text, "  {} --> {}", id(up.as_str()), id(name));
        }
    }
    text
}
