//! The table of rules in the written formulation names exactly the codes that the checker has.

use std::collections::BTreeSet;

use huilu_check::Code;

#[test]
fn the_formulation_names_every_code_and_no_other() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/formulation.md");
    let text = std::fs::read_to_string(path).expect("the formulation lies beside the crate");
    let rules =
        text.split("### What must hold").nth(1).and_then(|rest| rest.split("\n### ").next()).expect("the section");
    let is_code = |word: &&str| word.contains('_') && word.chars().all(|c| c == '_' || c.is_ascii_uppercase());
    // Code names stand in backquotes: every other piece of the text.
    let quoted: BTreeSet<&str> =
        rules.split('`').skip(1).step_by(2).filter(|word| is_code(word) || *word == "PAYLOAD").collect();
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let difference: Vec<&&str> = quoted.symmetric_difference(&known).collect();
    assert!(difference.is_empty(), "in one of the two only: {difference:?}");
}
