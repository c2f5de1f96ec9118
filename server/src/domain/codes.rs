//! Closed lists of names with one stable code each, shared by the database and the wire.

/// A text that is none of the codes of a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{code}` is no {list}")]
pub struct UnknownCode {
    pub list: &'static str,
    pub code: String,
}

/// An enum whose variants have a code: `ALL`, `as_str`, `Display`, `FromStr` and serde all agree on it.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident as $list:literal { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// Every variant in the order of its declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::codes::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::domain::codes::UnknownCode { list: $list, code: code.to_owned() }),
                }
            }
        }
    };
}

pub(crate) use coded;
