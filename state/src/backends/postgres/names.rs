use super::config::options::Options;

/// The version of the tables and functions that this program makes and works with.
pub(super) const VERSION: i32 = 3;

/// The clock of the server, in milliseconds, read at the moment that it is looked at.
pub(super) const NOW: &str = "floor(date_part('epoch', clock_timestamp()) * 1000)::bigint";
/// The same, read once: when the statement came.
const BEGUN: &str = "floor(date_part('epoch', statement_timestamp()) * 1000)::bigint";

/// What things are called in the database, quoted.
#[derive(Debug, Clone)]
pub(super) struct Names {
    schema: String,
    table: String,
    pub(super) partitions: u32,
}

impl Names {
    pub(super) fn of(options: &Options) -> Self {
        Self {
            schema: options.schema.clone(),
            table: options.table.clone(),
            partitions: options.partitions,
        }
    }

    /// Of another table in the same schema.
    #[cfg(feature = "checkpoints")]
    pub(super) fn named(options: &Options, table: &str) -> Self {
        Self {
            schema: options.schema.clone(),
            table: table.to_owned(),
            partitions: 0,
        }
    }

    /// Schema and table as people read them.
    pub(super) fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }

    /// The table, or what else has its name and this ending.
    pub(super) fn of_schema(&self, ending: &str) -> String {
        let name = format!("{}{ending}", self.table);
        format!("{}.{}", quoted(&self.schema), quoted(&name))
    }

    /// The channel that changes are sent to: of the table's own name, as long as a channel's may be.
    pub(super) fn channel(&self) -> String {
        let name = format!("{}.{}", self.schema, self.table);
        let longest = name.floor_char_boundary(54);
        format!("{}_changes", &name[..longest])
    }

    /// The SQL of a template whose names stand in braces.
    pub(super) fn fill(&self, template: &str) -> String {
        let partitioning = match self.partitions {
            0 => "",
            _ => "PARTITION BY HASH (key)",
        };
        [
            ("{schema}", quoted(&self.schema)),
            ("{table}", self.of_schema("")),
            ("{about}", self.of_schema("_schema")),
            ("{commit}", self.of_schema("_commit_v1")),
            (
                "{expires_index}",
                quoted(&format!("{}_expires", self.table)),
            ),
            (
                "{metadata_index}",
                quoted(&format!("{}_metadata", self.table)),
            ),
            ("{in_time}", self.of_schema("_in_time_v1")),
            ("{commit_one}", self.of_schema("_commit_one_v1")),
            (
                "{channel}",
                format!("'{}'", self.channel().replace('\'', "''")),
            ),
            ("{partitioning}", partitioning.to_owned()),
            ("{now}", NOW.to_owned()),
            ("{begun}", BEGUN.to_owned()),
        ]
        .into_iter()
        .fold(template.to_owned(), |sql, (name, text)| {
            sql.replace(name, &text)
        })
    }

    /// What makes the hash partitions of a new table.
    pub(super) fn partitions(&self) -> String {
        let table = self.of_schema("");
        let count = self.partitions;
        let partition = |number| {
            let name = self.of_schema(&format!("_{number}"));
            format!(
                "CREATE TABLE {name} PARTITION OF {table} FOR VALUES WITH (MODULUS {count}, REMAINDER {number});\n"
            )
        };
        (0..count).map(partition).collect()
    }
}

/// A name as SQL takes it whatever it is made of.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_wherever_they_stand() {
        let names = Names::of(&Options {
            schema: "a\"b".to_owned(),
            table: "select".to_owned(),
            partitions: 2,
            ..Options::default()
        });
        assert_eq!(
            names.fill("{table} {about} {expires_index} {partitioning}"),
            r#""a""b"."select" "a""b"."select_schema" "select_expires" PARTITION BY HASH (key)"#
        );
        assert!(names.partitions().starts_with(
            r#"CREATE TABLE "a""b"."select_0" PARTITION OF "a""b"."select" FOR VALUES WITH (MODULUS 2, REMAINDER 0)"#
        ));
    }
}
