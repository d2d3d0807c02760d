//! Reasons with their words in two languages, written down side by side so that neither is forgotten.

/// Makes an enum of reasons with `ALL`, `code`, `message` and `help`.
macro_rules! catalogue {
    ($(#[$about:meta])* $reason:ident; $( $(#[$doc:meta])* $name:ident = $code:literal
        en $en:literal help $en_help:literal
        pt $pt:literal help $pt_help:literal; )+) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $reason {
            $( $(#[$doc])* $name, )+
        }

        impl $reason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$( Self::$name, )+];

            /// The stable code: lower case words joined by hyphens.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$name => $code, )+ }
            }

            /// One line that says what is wrong.
            #[must_use]
            pub const fn message(self, language: lacre_core::Language) -> &'static str {
                match language {
                    lacre_core::Language::PtBr => match self { $( Self::$name => $pt, )+ },
                    _ => match self { $( Self::$name => $en, )+ },
                }
            }

            /// What to do about it.
            #[must_use]
            pub const fn help(self, language: lacre_core::Language) -> &'static str {
                match language {
                    lacre_core::Language::PtBr => match self { $( Self::$name => $pt_help, )+ },
                    _ => match self { $( Self::$name => $en_help, )+ },
                }
            }
        }
    };
}

pub(crate) use catalogue;
