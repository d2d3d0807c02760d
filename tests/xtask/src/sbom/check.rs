//! Whether a bill is one that tools for CycloneDX take, and whole.

use alloc::collections::BTreeSet;

use serde_json::Value;

/// Checks the fields that the standard demands and those that an auditor needs.
pub(super) fn check(bom: &Value) -> Result<(), String> {
    if text(bom, "bomFormat")? != "CycloneDX" || text(bom, "specVersion")? != "1.6" {
        return Err("it is no CycloneDX 1.6".to_owned());
    }
    let subject = bom.pointer("/metadata/component").ok_or("it does not say of what it is")?;
    let mut known = BTreeSet::from([subject_reference(subject)?]);
    for component in list(bom, "components")? {
        if !known.insert(component_reference(component)?) {
            return Err(format!("{component} comes twice"));
        }
    }
    let mut described = BTreeSet::new();
    for dependency in list(bom, "dependencies")? {
        described.insert(text(dependency, "ref")?);
        for used in list(dependency, "dependsOn")? {
            let used = used.as_str().ok_or("a reference is no text")?;
            if !known.contains(used) {
                return Err(format!("{used} is used and not described"));
            }
        }
    }
    if described == known { Ok(()) } else { Err("not every component says what it stands on".to_owned()) }
}

fn subject_reference(subject: &Value) -> Result<&str, String> {
    if !["application", "library"].contains(&text(subject, "type")?) {
        return Err("what it is of is of no known type".to_owned());
    }
    for field in ["name", "version"] {
        text(subject, field)?;
    }
    license(subject)?;
    text(subject, "bom-ref")
}

fn component_reference(component: &Value) -> Result<&str, String> {
    if text(component, "type")? != "library" || !["required", "excluded"].contains(&text(component, "scope")?)
    {
        return Err(format!("{component} is of no known type or scope"));
    }
    let (name, version) = (text(component, "name")?, text(component, "version")?);
    license(component)?;
    let reference = text(component, "bom-ref")?;
    if component.get("purl").is_some() {
        let purl = text(component, "purl")?;
        let digest = component.pointer("/hashes/0/content").and_then(Value::as_str).unwrap_or_default();
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if purl != format!("pkg:cargo/{name}@{version}") || purl != reference || !is_digest {
            return Err(format!("{component} cannot be found and checked by its name"));
        }
    } else if !name.starts_with("lacre-") {
        return Err(format!("{name} comes from nowhere"));
    }
    Ok(reference)
}

fn license(component: &Value) -> Result<(), String> {
    match component.pointer("/licenses/0/expression").and_then(Value::as_str) {
        Some(license) if !license.is_empty() && !license.contains('/') => Ok(()),
        _ => Err(format!("{component} has no licence")),
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, String> {
    let text = value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| format!("there is no `{field}`"))
}

fn list<'a>(value: &'a Value, field: &str) -> Result<&'a [Value], String> {
    value
        .get(field)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .ok_or_else(|| format!("there is no list `{field}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sbom::{SHIPPED, bill};

    fn names(bom: &Value, scope: &str) -> BTreeSet<String> {
        let components = list(bom, "components").unwrap().iter();
        let of_scope = components.filter(|component| text(component, "scope") == Ok(scope));
        of_scope.map(|component| text(component, "name").unwrap().to_owned()).collect()
    }

    #[test]
    fn every_bill_is_whole() {
        for shipped in SHIPPED {
            let bom = bill(shipped).unwrap();
            check(&bom).unwrap();
            assert!(names(&bom, "required").contains("lacre-core"), "{}", shipped.name);
        }
    }

    #[test]
    fn a_bill_names_what_is_in_it_and_nothing_of_its_neighbours() {
        let bill_of =
            |name: &str| bill(SHIPPED.iter().find(|shipped| shipped.name == name).unwrap()).unwrap();
        let lambda = bill_of("lacre-lambda-arm64");
        let (ships, builds) = (names(&lambda, "required"), names(&lambda, "excluded"));
        assert!(ships.contains("rustls") && ships.contains("aws-lc-sys") && !ships.contains("clap"));
        assert!(builds.contains("cc") && builds.contains("proc-macro2"));
        let command = bill_of("lacre-x86_64");
        assert!(names(&command, "required").contains("clap"));
        let module = names(&bill_of("lacre-wasm-module"), "required");
        assert!(!module.contains("rustls") && !module.contains("wasm-bindgen") && module.contains("rsa"));
        assert!(names(&bill_of("lacre-wasm-browser"), "required").contains("wasm-bindgen"));
    }

    #[test]
    fn a_bill_that_lacks_something_is_refused() {
        let whole = bill(SHIPPED.last().unwrap()).unwrap();
        let takes = |change: &dyn Fn(&mut Value)| {
            let mut bom = whole.clone();
            change(&mut bom);
            check(&bom).is_ok()
        };
        assert!(takes(&|_| ()));
        let first =
            |bom: &Value| bom["components"].as_array().unwrap().iter().position(|c| c.get("purl").is_some());
        for field in ["name", "version", "bom-ref", "scope", "licenses", "hashes", "type"] {
            let at = first(&whole).unwrap();
            assert!(
                !takes(&|bom| drop(bom["components"][at].as_object_mut().unwrap().remove(field))),
                "{field}"
            );
        }
        assert!(!takes(&|bom| drop(bom["dependencies"].as_array_mut().unwrap().pop())));
        assert!(!takes(&|bom| bom["components"].as_array_mut().unwrap().truncate(1)));
        assert!(!takes(&|bom| bom["specVersion"] = "2".into()));
        assert!(!takes(&|bom| drop(bom["metadata"].as_object_mut().unwrap().remove("component"))));
    }
}
