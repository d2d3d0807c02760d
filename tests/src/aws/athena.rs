//! Questions to Athena.

use core::time::Duration;

use serde_json::{Value, json};

use super::Aws;

/// What a query gave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a table has columns and rows")]
pub struct Rows {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows; a field is empty where there is no value.
    pub rows: Vec<Vec<String>>,
}

impl Rows {
    /// A field by its row's number and its column's name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn field(&self, row: usize, column: &str) -> &str {
        let number = self.columns.iter().position(|name| name == column);
        let Some(number) = number else { panic!("no column `{column}` in {:?}", self.columns) };
        &self.rows[row][number]
    }
}

const POLL: Duration = Duration::from_millis(20);

impl Aws {
    /// Asks in SQL and waits for the answer, a thousand rows at most. Results lie in the bucket, beside what was asked about.
    ///
    /// # Panics
    /// If the query fails.
    pub async fn query(&self, database: &str, bucket: &str, sql: &str) -> Rows {
        let body = json!({
            "QueryString": sql,
            "QueryExecutionContext": {"Database": database},
            "ResultConfiguration": {"OutputLocation": format!("s3://{bucket}/athena/")},
        });
        let id = self.call("athena:StartQueryExecution", &body).await["QueryExecutionId"].clone();
        loop {
            let asked = self.call("athena:GetQueryExecution", &json!({"QueryExecutionId": id})).await;
            match asked["QueryExecution"]["Status"]["State"].as_str().unwrap() {
                "QUEUED" | "RUNNING" => tokio::time::sleep(POLL).await,
                "SUCCEEDED" => break,
                _ => panic!("{sql}: {}", asked["QueryExecution"]["Status"]),
            }
        }
        let result = self.call("athena:GetQueryResults", &json!({"QueryExecutionId": id})).await;
        let mut rows: Vec<Vec<String>> =
            result["ResultSet"]["Rows"].as_array().unwrap().iter().map(fields).collect();
        // The first row is the head.
        let columns = rows.remove(0);
        Rows { columns, rows }
    }
}

fn fields(row: &Value) -> Vec<String> {
    let data = row["Data"].as_array().unwrap();
    data.iter().map(|field| field["VarCharValue"].as_str().unwrap_or_default().to_owned()).collect()
}
