//! A bill of materials in CycloneDX 1.6. It names neither the time nor the machine: the same sources give the same octets.

use alloc::collections::BTreeMap;

use serde_json::{Value, json};

use super::tree::{Crate, Known, Tree};

/// What a thing is to whoever gets it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Application,
    Library,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Library => "library",
        }
    }
}

/// The bill of what is made of the crates of `ships`. Those that only `built` has made it and are not in it.
pub(super) fn bill(
    name: &str,
    kind: Kind,
    target: &str,
    ships: &Tree,
    built: &Tree,
    checksums: &BTreeMap<Crate, String>,
) -> Result<Value, String> {
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for (id, known) in &built.crates {
        let in_it = ships.crates.get(id);
        if *id != built.root {
            components.push(component(id, known, in_it.is_some(), checksums.get(id))?);
        }
        let users = in_it.into_iter().chain([known]).flat_map(|known| &known.stands_on);
        let mut stands_on: Vec<String> = users.map(|used| reference(used, is_ours(built, used))).collect();
        stands_on.sort();
        stands_on.dedup();
        dependencies.push(json!({"ref": reference(id, known.is_ours), "dependsOn": stands_on}));
    }
    let root = built.crates.get(&built.root).ok_or("the tree has no root")?;
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": kind.as_str(),
                "bom-ref": reference(&built.root, true),
                "name": name,
                "version": built.root.version,
                "licenses": [{"expression": root.license}],
                "properties": [{"name": "lacre:target", "value": target}],
            },
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn is_ours(tree: &Tree, id: &Crate) -> bool {
    tree.crates.get(id).is_some_and(|known| known.is_ours)
}

fn component(id: &Crate, known: &Known, in_it: bool, checksum: Option<&String>) -> Result<Value, String> {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(id, known.is_ours),
        "name": id.name,
        "version": id.version,
        "scope": if in_it { "required" } else { "excluded" },
        // Older manifests have the slash that SPDX never had.
        "licenses": [{"expression": known.license.replace('/', " OR ")}],
    });
    match (checksum, component.as_object_mut()) {
        (Some(checksum), Some(fields)) if !known.is_ours => {
            fields.insert("purl".to_owned(), json!(reference(id, false)));
            fields.insert("hashes".to_owned(), json!([{"alg": "SHA-256", "content": checksum}]));
            Ok(component)
        }
        (None, _) if known.is_ours => Ok(component),
        _ => Err(format!("the lock file and cargo disagree on {} {}", id.name, id.version)),
    }
}

/// What comes from the registry is named as everybody names it; ours is nowhere to be had by such a name.
fn reference(id: &Crate, is_ours: bool) -> String {
    let Crate { name, version } = id;
    if is_ours { format!("{name}@{version}") } else { format!("pkg:cargo/{name}@{version}") }
}

/// How many crates are in it, and how many only made it.
pub(super) fn counts(bom: &Value) -> (usize, usize) {
    let components = bom.get("components").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let required = |component: &&Value| component.get("scope").is_some_and(|scope| scope == "required");
    let shipping = components.iter().filter(required).count();
    (shipping, components.len() - shipping)
}
