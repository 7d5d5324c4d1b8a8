//! Statements whose conditions depend on the question, valid on both databases.

use diesel::deserialize::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::db::types::UtcTs;
use crate::db::{Backend, Db, Ts};

/// A statement with its values; parts are appended, values get their numbers.
#[derive(Default)]
pub struct Sql {
    pub text: String,
    values: Vec<Value>,
}

enum Value {
    Number(i64),
    Words(String),
    Moment(Ts),
}

impl Sql {
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }
    /// The placeholder of a further number.
    pub fn number(&mut self, value: i64) -> String {
        self.place(Value::Number(value))
    }
    pub fn words(&mut self, value: impl Into<String>) -> String {
        self.place(Value::Words(value.into()))
    }
    pub fn moment(&mut self, value: Ts) -> String {
        self.place(Value::Moment(value))
    }
    fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// # Errors
    /// The database's.
    pub fn load<T: QueryableByName<Backend> + 'static>(self, db: &mut Db) -> QueryResult<Vec<T>> {
        let mut query = db.raw(&self.text).into_boxed::<Backend>();
        for value in self.values {
            query = match value {
                Value::Number(n) => query.bind::<BigInt, _>(n),
                Value::Words(text) => query.bind::<Text, _>(text),
                Value::Moment(at) => query.bind::<UtcTs, _>(at),
            };
        }
        query.load(db)
    }
}
