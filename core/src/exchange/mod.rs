//! One request and its answer as steps that a host performs.
