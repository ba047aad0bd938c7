//! Tables of SQLite: their names, where they begin, and what their columns are
//! called.

use super::record::{Value, values};

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The page on which its tree begins.
    pub root: u32,
    /// Names of its columns, as far as the statement that made it is read.
    pub columns: Vec<String>,
    /// Whether it is an index: what it holds are copies.
    pub is_index: bool,
}

/// Reads a row of `sqlite_schema` (type, name, table, root page, statement):
/// `None` for what has no tree of its own.
#[must_use]
pub fn table(record: &[u8], decode: impl Fn(&[u8]) -> String) -> Option<Table> {
    let mut values = values(record);
    let mut text = || values.next()?.bytes().map(&decode);
    let (kind, name) = (text()?, text()?);
    text()?;
    let root = match values.next()? {
        Value::Integer(root) => u32::try_from(root).ok().filter(|root| *root > 0)?,
        _ => return None,
    };
    let statement = values.next().and_then(Value::bytes).map(decode);
    Some(Table {
        name,
        root,
        columns: columns(&statement.unwrap_or_default()),
        is_index: kind == "index",
    })
}

/// Words that begin what is no column.
const CONSTRAINTS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

/// Returns the names of the columns in a `CREATE TABLE` statement: the first word
/// of each part between commas.
fn columns(statement: &str) -> Vec<String> {
    let Some((_, body)) = statement.split_once('(') else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let (mut depth, mut quote, mut part) = (0_usize, None, String::new());
    for c in body.chars() {
        match (c, quote) {
            (_, Some(end)) => quote = (c != end).then_some(end),
            ('"' | '`' | '\'', None) => quote = Some(c),
            ('[', None) => quote = Some(']'),
            ('(', None) => depth += 1,
            (')', None) if depth == 0 => break,
            (')', None) => depth -= 1,
            (',', None) if depth == 0 => {
                names.extend(column(&part));
                part.clear();
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    names.extend(column(&part));
    names
}

fn column(part: &str) -> Option<String> {
    let part = part.trim();
    let name = match part.chars().next()? {
        open @ ('"' | '`' | '\'' | '[') => {
            let close = if open == '[' { ']' } else { open };
            part.get(1..)?.split(close).next()?
        }
        _ => {
            let word = part.split(|c: char| c.is_whitespace() || c == '(').next()?;
            if CONSTRAINTS.iter().any(|c| c.eq_ignore_ascii_case(word)) {
                return None;
            }
            word
        }
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_read() {
        let statement = "CREATE TABLE \"a(b\" (id INTEGER PRIMARY KEY, \"pem, old\" TEXT DEFAULT 'a,b',\
                         [x y] DECIMAL(5,2), `q`, z,\n PRIMARY KEY (id, z), check (z > 1)) WITHOUT ROWID";
        // A bracket in the table's name is not worth a parser.
        let statement = statement.replace("\"a(b\"", "t");
        assert_eq!(columns(&statement), ["id", "pem, old", "x y", "q", "z"]);
        assert_eq!(columns("CREATE TABLE t"), Vec::<String>::new());
    }
}
