//! From what metadata must be like to a clause of SQL, in which names of fields and values are parameters.

use std::fmt::Write as _;

use crate::backend::{Bound, Comparison, Predicate};

/// A clause that is true or false, never null, of a row that has metadata.
#[derive(Debug, Default)]
pub(super) struct Clause<'a> {
    pub(super) sql: String,
    /// All of them text, in their order.
    pub(super) parameters: Vec<&'a str>,
    /// The number of the first.
    first: usize,
}

impl<'a> Clause<'a> {
    /// The clause, whose parameters are numbered from `first`.
    pub(super) fn of(predicate: &'a Predicate, first: usize) -> Self {
        let mut clause = Self {
            first,
            ..Self::default()
        };
        clause.add(predicate);
        clause
    }

    fn add(&mut self, predicate: &'a Predicate) {
        match predicate {
            Predicate::Contains(object) => {
                let object = self.bind(object.as_str());
                self.push(&format!("metadata @> {object}::jsonb"));
            }
            Predicate::Exists(path) => {
                let field = self.field(path);
                self.push(&format!("({field}) IS NOT NULL"));
            }
            Predicate::Compare {
                path,
                comparison,
                bound,
            } => self.compare(path, *comparison, bound),
            Predicate::All(parts) => self.join(parts, "AND", "true"),
            Predicate::Any(parts) => self.join(parts, "OR", "false"),
            Predicate::Not(inner) => {
                self.push("NOT ");
                self.join(std::slice::from_ref(&**inner), "AND", "true");
            }
        }
    }

    /// A field of another type is not compared; of a missing one there is no type, and null is not true.
    fn compare(&mut self, path: &'a [String], comparison: Comparison, bound: &'a Bound) {
        let field = self.field(path);
        let operator = match comparison {
            Comparison::Above => ">",
            Comparison::AtLeast => ">=",
            Comparison::AtMost => "<=",
            Comparison::Below => "<",
        };
        let compared = match bound {
            Bound::Number(number) => {
                let number = self.bind(number);
                format!("jsonb_typeof({field}) = 'number' AND ({field}) {operator} {number}::jsonb")
            }
            Bound::Text(text) => {
                let text = self.bind(text);
                format!(
                    "jsonb_typeof({field}) = 'string' AND (({field}) #>> '{{}}') COLLATE \"C\" {operator} {text}"
                )
            }
        };
        self.push(&format!("({compared}) IS TRUE"));
    }

    fn join(&mut self, parts: &'a [Predicate], operator: &str, none: &str) {
        self.push("(");
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                let _ = write!(self.sql, " {operator} ");
            }
            self.add(part);
        }
        if parts.is_empty() {
            self.push(none);
        }
        self.push(")");
    }

    /// The field at the end of a path of objects: unlike a path of PostgreSQL's, a name is never a place in a list.
    fn field(&mut self, path: &'a [String]) -> String {
        let mut field = "metadata".to_owned();
        for name in path {
            let _ = write!(field, " -> {}", self.bind(name));
        }
        field
    }

    fn bind(&mut self, parameter: &'a str) -> String {
        self.parameters.push(parameter);
        format!("${}::text", self.first + self.parameters.len() - 1)
    }

    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::JsonObject;

    #[test]
    fn nothing_of_a_predicate_stands_in_the_sql_but_its_shape() {
        let hostile = || "'; DROP TABLE state; --".to_owned();
        let compare = |bound| Predicate::Compare {
            path: vec![hostile(), hostile()],
            comparison: Comparison::AtLeast,
            bound,
        };
        let object = JsonObject::new(format!("{{\"{}\":1}}", hostile())).unwrap();
        let predicate = Predicate::All(vec![
            Predicate::Contains(object),
            Predicate::Not(Box::new(Predicate::Exists(vec![hostile()]))),
            Predicate::Any(vec![
                compare(Bound::Number("7".to_owned())),
                compare(Bound::Text(hostile())),
            ]),
            Predicate::Any(Vec::new()),
        ]);
        let clause = Clause::of(&predicate, 4);
        assert_eq!(
            clause.sql,
            "(metadata @> $4::text::jsonb AND NOT ((metadata -> $5::text) IS NOT NULL) AND \
             ((jsonb_typeof(metadata -> $6::text -> $7::text) = 'number' \
             AND (metadata -> $6::text -> $7::text) >= $8::text::jsonb) IS TRUE OR \
             (jsonb_typeof(metadata -> $9::text -> $10::text) = 'string' \
             AND ((metadata -> $9::text -> $10::text) #>> '{}') COLLATE \"C\" >= $11::text) IS TRUE) AND (false))"
        );
        assert_eq!(clause.parameters.len(), 8);
    }
}
