//! What the bank may choose about its exchanges: the words that configurations have for it.

use lacre_core::DictPosition;
use lacre_core::exchange::{InterruptedValues, OutsideValidity, Policy, UnknownPath};

use crate::finding::ConfigReason;
use crate::notes::Notes;

/// What the bank chose; the strict choice is the default everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    outside_validity: OutsideValidity,
    unknown_path: UnknownPath,
    interrupted_values: InterruptedValues,
    resign: bool,
    dict_position: DictPosition,
}

/// A choice that was made, and the name under which it was.
pub type Chosen<'a> = (&'a str, Option<&'a str>);

impl Choices {
    /// Reads the five words; one that is unknown is noted for `reason`.
    pub fn read(
        notes: &mut Notes,
        reason: ConfigReason,
        outside_validity: Chosen<'_>,
        unknown_paths: Chosen<'_>,
        interrupted_values: Chosen<'_>,
        already_signed: Chosen<'_>,
        dict_signature: Chosen<'_>,
    ) -> Self {
        let refuse_or_pass = [("refuse", OutsideValidity::Refuse), ("pass", OutsideValidity::Pass)];
        let paths = [("refuse", UnknownPath::Refuse), ("pass", UnknownPath::Pass)];
        let interrupted = [("refuse", InterruptedValues::Refuse), ("pass", InterruptedValues::Pass)];
        let signed = [("refuse", false), ("resign", true)];
        let positions = [("first", DictPosition::First), ("last", DictPosition::Last)];
        Self {
            outside_validity: notes.choice(reason, outside_validity.0, outside_validity.1, &refuse_or_pass),
            unknown_path: notes.choice(reason, unknown_paths.0, unknown_paths.1, &paths),
            interrupted_values: notes.choice(
                reason,
                interrupted_values.0,
                interrupted_values.1,
                &interrupted,
            ),
            resign: notes.choice(reason, already_signed.0, already_signed.1, &signed),
            dict_position: notes.choice(reason, dict_signature.0, dict_signature.1, &positions),
        }
    }

    /// Puts the choices into a policy.
    pub fn apply(self, policy: &mut Policy) {
        policy.outside_validity = self.outside_validity;
        policy.unknown_path = self.unknown_path;
        policy.interrupted_values = self.interrupted_values;
        policy.sign.resign = self.resign;
        policy.sign.dict_position = self.dict_position;
    }
}
