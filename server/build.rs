//! The page is compiled into the binary: when its files change, so does the crate.

fn main() {
    println!("cargo:rerun-if-changed=web/dist");
}
