//! The template as the tests read it.

use std::process::Command;
use std::sync::OnceLock;

use lacre_tests::{python, root};
use serde_json::{Map, Value};

/// Where it stands in the workspace.
pub(crate) const PATH: &str = "host-lambda/deploy/template.yaml";

/// The template, read once.
pub(crate) fn template() -> &'static Value {
    static TEMPLATE: OnceLock<Value> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let read = Command::new(python())
            .arg(root().join("tests/interop/python/template.py"))
            .arg(root().join(PATH))
            .output()
            .unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        serde_json::from_slice(&read.stdout).unwrap()
    })
}

/// Its resources by their logical names.
pub(crate) fn resources() -> &'static Map<String, Value> {
    template()["Resources"].as_object().unwrap()
}

/// The names and properties of the resources of one type.
pub(crate) fn of_type(kind: &str) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let same = move |(name, resource): (&'static String, &'static Value)| {
        (resource["Type"] == kind).then(|| (name.as_str(), &resource["Properties"]))
    };
    resources().iter().filter_map(same)
}

/// The properties of one resource.
pub(crate) fn properties(name: &str) -> &'static Value {
    let Some(resource) = resources().get(name) else { panic!("no resource `{name}`") };
    &resource["Properties"]
}

/// A list, also where the template has a single value in its place.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// The names of an object.
pub(crate) fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A text, or the one inside `Fn::Sub`.
pub(crate) fn text(value: &Value) -> &str {
    let inner = value.get("Fn::Sub").unwrap_or(value);
    inner.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
