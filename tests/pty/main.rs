//! Real-terminal tests.
