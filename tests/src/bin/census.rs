//! Prints how many vectors there are, by topic and verdict, and by reason: the end of `cargo xtask vectors`.
#![expect(clippy::print_stdout, reason = "printing is what it does")]

use lacre_tests::census::Census;
use lacre_tests::vector::Vector;

fn main() {
    let census = Census::of(&Vector::all());
    println!("{}\n{}", census.by_topic(), census.by_reason());
    println!("{} vectors, {} of them refusals", census.together(), census.refused());
}
