use serde_json::json;

use super::*;

fn read(event: serde_json::Value) -> (Request, Shape) {
    match Event::read(serde_json::from_value(event).unwrap()).unwrap() {
        Event::Http(request, shape) => (request, shape),
        other => panic!("{other:?}"),
    }
}

fn rest(path: &str, query: serde_json::Value) -> Request {
    read(json!({
        "resource": "/{proxy+}", "path": path, "httpMethod": "GET", "headers": null, "multiValueHeaders": null,
        "queryStringParameters": null, "multiValueQueryStringParameters": query, "body": null,
        "isBase64Encoded": false, "requestContext": {"stage": "pix", "path": "/pix/x"}
    }))
    .0
}

#[test]
fn a_rest_path_stays_as_it_is_and_its_query_is_encoded_again() {
    assert_eq!(rest("/api/v2/entries/%2B5561%20x", json!(null)).target, "/api/v2/entries/%2B5561%20x");
    // As text, for a `Value` would sort it.
    let event = r##"{"httpMethod": "GET", "path": "/api/v2/claims/", "multiValueQueryStringParameters":
        {"Z": ["1", "2"], "a b": ["c&d=e+f#%41"], "At": ["2026-01-01T00:00:00Z"]}}"##;
    let Ok(Event::Http(request, Shape::Rest)) = Event::read(serde_json::from_str(event).unwrap()) else {
        panic!("no request")
    };
    assert_eq!(request.target, "/api/v2/claims/?Z=1&Z=2&a%20b=c%26d%3De%2Bf%23%2541&At=2026-01-01T00:00:00Z");
}

#[test]
fn every_value_of_a_header_is_kept_in_order() {
    let (request, shape) = read(json!({
        "httpMethod": "POST", "path": "/api/v1/in/12345678/msgs",
        "headers": {"Via": "b"}, "multiValueHeaders": {"Via": ["a", "b"], "Content-Type": ["application/xml"]},
        "body": "PGEvPgo=", "isBase64Encoded": true
    }));
    assert_eq!(shape, Shape::Rest);
    assert_eq!(request.headers.joined("via").as_deref(), Some("a, b"));
    assert_eq!(request.headers.len(), 3);
    assert_eq!(request.body, b"<a/>\n");
}

#[test]
fn an_http_api_gives_its_query_as_it_came_and_its_path_decoded() {
    let event = |stage: &str, path: &str| {
        read(json!({
            "version": "2.0", "rawPath": path, "rawQueryString": "a=%2B&b=x+y&a=2",
            "headers": {"accept": "a,b"}, "cookies": ["s=1", "t=2"],
            "requestContext": {"stage": stage, "http": {"method": "GET", "path": path}}
        }))
    };
    let (request, shape) = event("$default", "/api/v2/entries/é a?#+");
    assert_eq!(shape, Shape::Http);
    assert_eq!(request.target, "/api/v2/entries/%C3%A9%20a%3F%23+?a=%2B&b=x+y&a=2");
    assert_eq!(request.headers.joined("cookie").as_deref(), Some("s=1; t=2"));
    assert_eq!(event("pix", "/pix/api/v2/x").0.target, "/api/v2/x?a=%2B&b=x+y&a=2");
    assert_eq!(event("pix", "/pixel/x").0.target, "/pixel/x?a=%2B&b=x+y&a=2");
}

#[test]
fn a_load_balancer_decodes_nothing() {
    let event = |headers: &str, query: &str| {
        read(json!({
            "requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "GET", "path": "/api/v2/%2B55",
            query: {"a%20b": "c%26d+e"}, headers: {"host": "x"}, "body": "", "isBase64Encoded": false
        }))
    };
    let (request, shape) = event("headers", "queryStringParameters");
    assert_eq!((request.target.as_str(), shape), ("/api/v2/%2B55?a%20b=c%26d+e", Shape::Balancer));
    assert_eq!(event("multiValueHeaders", "multiValueQueryStringParameters").1, Shape::BalancerMulti);
}

#[test]
fn only_api_gateway_says_where_a_request_arrived() {
    let reached = |event| read(event).0.reached;
    let name = Reached::Name("abc.execute-api.sa-east-1.amazonaws.com".to_owned());
    let context = json!({"domainName": "abc.execute-api.sa-east-1.amazonaws.com", "http": {"method": "GET"}});
    assert_eq!(reached(json!({"rawPath": "/", "requestContext": context})), name);
    let context = json!({"domainName": "abc.execute-api.sa-east-1.amazonaws.com"});
    assert_eq!(reached(json!({"httpMethod": "GET", "path": "/", "requestContext": context})), name);
    let context = json!({"elb": {}, "domainName": "page.example"});
    assert_eq!(
        reached(json!({"httpMethod": "GET", "path": "/", "requestContext": context})),
        Reached::Unknown
    );
    assert_eq!(reached(json!({"httpMethod": "GET", "path": "/"})), Reached::Unknown);
}

#[test]
fn a_percent_sign_that_begins_no_escape_is_encoded() {
    assert_eq!(rest("/a%b%4", json!(null)).target, "/a%25b%254");
}

#[test]
fn what_it_does_not_know_is_refused() {
    let refused = |event| Event::read(serde_json::from_value(event).unwrap()).unwrap_err();
    assert_eq!(refused(json!({})), EventError::Unknown);
    assert_eq!(refused(json!({"Records": []})), EventError::Unknown);
    assert_eq!(refused(json!({"lacre": "sing"})), EventError::Unknown);
    assert_eq!(
        refused(json!({"httpMethod": "GET", "path": "/", "body": "*", "isBase64Encoded": true})),
        EventError::Body
    );
    assert!(matches!(
        Event::read(serde_json::from_value(json!({"lacre": "doctor"})).unwrap()),
        Ok(Event::Doctor)
    ));
}
