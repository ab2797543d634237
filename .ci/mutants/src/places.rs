//! Where in a file the parts of an expression stand, in bytes.

use std::collections::HashMap;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::Visit;

pub type Place = Range<usize>;

pub struct Binary {
    pub left: Place,
    pub right: Place,
    /// An operand is a `let`: it can stand in no branch of its own.
    pub binds: bool,
}

pub struct Arm {
    pub whole: Place,
    pub pattern: Place,
    pub guard: Option<Place>,
    pub arrow: usize,
}

/// Each by the byte at which the mutant's own span begins.
#[derive(Default)]
pub struct Places {
    pub binaries: HashMap<usize, Binary>,
    pub arms: HashMap<usize, Arm>,
    /// The whole literal, and the field.
    pub fields: HashMap<usize, (Place, Place)>,
    lines: Lines,
}

/// The byte at which each line begins, and the text.
#[derive(Default)]
pub struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    pub fn new(text: &str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text: text.to_owned(), starts: std::iter::once(0).chain(after).collect() }
    }

    /// Of a line counted from one and a character counted from zero.
    pub fn byte(&self, line: usize, character: usize) -> usize {
        let start = self.starts[line - 1];
        let rest = &self.text[start..];
        start + rest.char_indices().nth(character).map_or(rest.len(), |(at, _)| at)
    }
}

impl Places {
    pub fn of(text: &str) -> Self {
        let mut places = Self { lines: Lines::new(text), ..Self::default() };
        places.visit_file(&syn::parse_file(text).unwrap());
        places
    }

    fn place(&self, node: &impl Spanned) -> Place {
        let span = node.span();
        let (from, to) = (span.start(), span.end());
        self.lines.byte(from.line, from.column)..self.lines.byte(to.line, to.column)
    }
}

/// Whether a `let` stands in a chain of conditions.
fn binds(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(both) => binds(&both.left) || binds(&both.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Places {
    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let binary = Binary {
            left: self.place(&node.left),
            right: self.place(&node.right),
            binds: binds(&node.left) || binds(&node.right),
        };
        self.binaries.insert(self.place(&node.op).start, binary);
        syn::visit::visit_expr_binary(self, node);
    }

    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        let whole = self.place(node);
        let arm = Arm {
            pattern: self.place(&node.pat),
            guard: node.guard.as_ref().map(|(_, guard)| self.place(guard)),
            arrow: self.place(&node.fat_arrow_token).start,
            whole: whole.clone(),
        };
        self.arms.insert(whole.start, arm);
        syn::visit::visit_arm(self, node);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        let whole = self.place(node);
        for field in &node.fields {
            let field = self.place(field);
            self.fields.insert(field.start, (whole.clone(), field));
        }
        syn::visit::visit_expr_struct(self, node);
    }
}
