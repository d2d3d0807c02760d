#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lacre_fuzz::run("sign", input));
