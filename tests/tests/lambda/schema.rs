//! One schema: what a record says it has, what the function writes, the Glue table, and the Parquet that is read back.

use lacre_core::exchange::record::{Kind, Record};
use lacre_report::record::Cell;
use lacre_tests::aws::{Delivery, Fault, glue_columns};
use lacre_tests::lambda::Source;
use serde_json::json;

use crate::world::{World, read, register};

#[tokio::test(flavor = "multi_thread")]
async fn writer_table_and_reader_have_the_same_columns() {
    let Some(world) = World::start(Delivery::Parquet).await else { return };
    let deployment = &world.deployment;
    let names: Vec<&str> = Record::COLUMNS.iter().map(|(name, _)| *name).collect();
    let function = world.function("dict").await;
    function.call(Source::Rest, &register()).await;
    world.front.always("firehose:*", Fault::DOWN);
    function.call(Source::Rest, &read()).await;
    world.front.behave();

    // What the function writes: the line in the spill is the line that Firehose gets.
    let keys = deployment.aws.list(&deployment.bucket, "spill/dict/").await;
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    let line = deployment.aws.get_object(&deployment.bucket, key).await.unwrap();
    assert_eq!((line.iter().filter(|octet| **octet == b'\n').count(), line.last()), (1, Some(&b'\n')));
    let spilled = deployment.spilled("dict").await.pop().unwrap();
    let written: Vec<&str> = spilled.columns().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(written, names);
    let (chain, sequence) = (spilled.text("chain_id").unwrap(), spilled.integer("chain_sequence").unwrap());
    assert_eq!(*key, format!("spill/dict/{chain}-{sequence:012}.json"));

    // The table that Firehose converts by.
    let table = json!({"DatabaseName": deployment.database, "Name": "dict"});
    let table = deployment.aws.call("glue:GetTable", &table).await;
    let columns = table["Table"]["StorageDescriptor"]["Columns"].as_array().unwrap().clone();
    let columns: Vec<(&str, &str)> = columns
        .iter()
        .map(|column| (column["Name"].as_str().unwrap(), column["Type"].as_str().unwrap()))
        .collect();
    assert_eq!(columns, glue_columns().collect::<Vec<_>>());

    // What is read back: the same row, after a replay the other one too.
    function.invoke(r#"{"lacre":"replay"}"#).await;
    let rows = deployment.records("dict").await;
    assert_eq!(rows.len(), 2);
    assert!(rows.contains(&spilled), "not one octet was changed on the way");
    for row in &rows {
        let found: Vec<&str> = row.columns().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(found, names);
        for ((name, kind), (_, cell)) in Record::COLUMNS.iter().zip(row.columns()) {
            let fits = match cell {
                Cell::Text(_) => *kind == Kind::Text,
                Cell::Integer(_) => *kind == Kind::Integer,
                _ => *cell == Cell::Null,
            };
            assert!(fits, "{name}");
        }
    }

    // And through SQL, with the partitions behind.
    let found = deployment.aws.query(&deployment.database, &deployment.bucket, "SELECT * FROM dict").await;
    let mut partitions = found.columns.clone();
    assert_eq!(partitions.drain(..names.len()).collect::<Vec<_>>(), names);
    partitions.sort_unstable();
    assert_eq!(partitions, ["day", "hour", "month", "year"]);
    assert_eq!(found.rows.len(), 2);
}
