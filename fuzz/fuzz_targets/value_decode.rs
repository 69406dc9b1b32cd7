#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| typed_state_tests::fuzz::value_decode(data));
