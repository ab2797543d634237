//! One file with all its mutants in it.

use crate::Mutant;
use crate::places::{Lines, Place, Places};

/// A stretch of text that becomes branches; those inside it are woven into each of them.
struct Knot {
    place: Place,
    how: How,
}

/// In the order of nesting, where two knots are the same stretch.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum How {
    /// The statements of a function: return early.
    Body(Vec<(usize, String)>),
    /// An arm that is passed by.
    Arm { number: usize, pattern: (usize, usize), guard: Option<(usize, usize)>, arrow: usize },
    /// A guard that is always true, or never.
    Guard(Vec<(usize, bool)>),
    /// A literal without one of its fields.
    Fields(Vec<(usize, (usize, usize))>),
    /// Another operator between the same operands.
    Operator { others: Vec<(usize, String)>, left: (usize, usize), right: (usize, usize) },
    /// A `!` or `-` that is not there.
    Unary(usize),
}

/// The file with its mutants, and the numbers of those that cannot be woven.
pub fn file(text: &str, mutants: &[(usize, &Mutant)]) -> (String, Vec<usize>) {
    let (places, lines) = (Places::of(text), Lines::new(text));
    let mut weaver = Weaver { text, knots: Vec::new() };
    let mut left = Vec::new();
    for (number, mutant) in mutants {
        let (start, end) = (&mutant.span.start, &mutant.span.end);
        let place = lines.byte(start.line, start.column - 1)..lines.byte(end.line, end.column - 1);
        match knot(*number, mutant, place, &places) {
            Some(knot) => weaver.add(knot),
            None => left.push(*number),
        }
    }
    // What begins first comes first, and what holds the other.
    weaver.knots.sort_by(|a, b| {
        let key = |knot: &Knot| (knot.place.start, usize::MAX - knot.place.end);
        key(a).cmp(&key(b)).then_with(|| a.how.cmp(&b.how))
    });
    (weaver.woven(0..text.len(), 0), left)
}

fn knot(number: usize, mutant: &Mutant, place: Place, places: &Places) -> Option<Knot> {
    let other = mutant.replacement.clone();
    let pair = |place: &Place| (place.start, place.end);
    Some(match mutant.genre.as_str() {
        "FnValue" => Knot { place, how: How::Body(vec![(number, other)]) },
        "MatchArmGuard" => Knot { place, how: How::Guard(vec![(number, other == "true")]) },
        "UnaryOperator" => Knot { place, how: How::Unary(number) },
        "MatchArm" => {
            let arm = places.arms.get(&place.start)?;
            let (pattern, guard) = (pair(&arm.pattern), arm.guard.as_ref().map(pair));
            let how = How::Arm { number, pattern, guard, arrow: arm.arrow };
            Knot { place: arm.whole.clone(), how }
        }
        "StructField" => {
            let (whole, field) = places.fields.get(&place.start)?;
            Knot { place: whole.clone(), how: How::Fields(vec![(number, pair(field))]) }
        }
        "BinaryOperator" => {
            let both = places.binaries.get(&place.start).filter(|both| !both.binds)?;
            let (left, right) = (pair(&both.left), pair(&both.right));
            let how = How::Operator { others: vec![(number, other)], left, right };
            Knot { place: left.0..right.1, how }
        }
        _ => return None,
    })
}

struct Weaver<'a> {
    text: &'a str,
    knots: Vec<Knot>,
}

impl Weaver<'_> {
    /// Two mutants of the same stretch are branches of one knot.
    fn add(&mut self, new: Knot) {
        for old in self.knots.iter_mut().filter(|old| old.place == new.place) {
            match (&mut old.how, &new.how) {
                (How::Body(all), How::Body(more)) => return all.extend(more.iter().cloned()),
                (How::Guard(all), How::Guard(more)) => return all.extend(more),
                (How::Fields(all), How::Fields(more)) => return all.extend(more),
                (
                    How::Operator { others: all, left, .. },
                    How::Operator { others: more, left: same, .. },
                ) if left == same => return all.extend(more.iter().cloned()),
                _ => {}
            }
        }
        self.knots.push(new);
    }

    /// The stretch with every knot from `first` on that lies in it.
    fn woven(&self, place: Place, first: usize) -> String {
        let (mut out, mut at) = (String::new(), place.start);
        for (index, knot) in self.knots.iter().enumerate().skip(first) {
            if knot.place.start < at || knot.place.end > place.end {
                continue;
            }
            out.push_str(&self.text[at..knot.place.start]);
            out.push_str(&self.tied(index));
            at = knot.place.end;
        }
        out + &self.text[at..place.end]
    }

    fn tied(&self, index: usize) -> String {
        let Knot { place, how } = &self.knots[index];
        let inner = |from: usize, to: usize| self.woven(from..to, index + 1);
        let plain = || inner(place.start, place.end);
        match how {
            How::Body(others) => {
                let early = others.iter().map(|(number, value)| {
                    format!("if crate::mutation::on({number}) {{ return {value}; }}\n")
                });
                early.collect::<String>() + &plain()
            }
            How::Guard(others) => {
                others.iter().fold(plain(), |guard, (number, always)| match always {
                    true => format!("(crate::mutation::on({number}) || ({guard}))"),
                    false => format!("(!crate::mutation::on({number}) && ({guard}))"),
                })
            }
            How::Arm { number, pattern, guard, arrow } => {
                let guard = guard.map(|(from, to)| format!(" && ({})", inner(from, to)));
                let body = inner(*arrow, place.end);
                let pattern = &self.text[pattern.0..pattern.1];
                let guard = guard.unwrap_or_default();
                format!("{pattern} if !crate::mutation::on({number}){guard} {body}")
            }
            How::Fields(others) => branches(plain(), others, |(from, to)| {
                let rest = self.text[*to..].strip_prefix(',').map_or(*to, |_| to + 1);
                inner(place.start, *from) + &inner(rest, place.end)
            }),
            How::Operator { others, left, right } => branches(plain(), others, |operator| {
                format!("{} {operator} {}", inner(left.0, left.1), inner(right.0, right.1))
            }),
            How::Unary(number) if &self.text[place.clone()] == "!" => {
                format!("crate::mutation::on({number}) ^ !")
            }
            How::Unary(number) => {
                format!("(if crate::mutation::on({number}) {{ 1 }} else {{ -1 }}) * ")
            }
        }
    }
}

fn branches<T>(plain: String, others: &[(usize, T)], other: impl Fn(&T) -> String) -> String {
    let mut out = String::from("(");
    for (number, what) in others {
        out += &format!("if crate::mutation::on({number}) {{ {} }} else ", other(what));
    }
    out + &format!("{{ {plain} }})")
}
