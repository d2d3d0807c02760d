//! The AWS Lambda proxy.
fn main() {}
