//! Tests of the whole crate: hand-made streets, broken files, and real cities against a textbook search.
