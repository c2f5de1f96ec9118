//! Reading a file that is one stream of numbers, with the line of each for messages. Knows no format.

use std::path::Path;

use huilu_model::FaultCode;

use super::FormatError;
use super::text::shown;

/// The blank-separated words of a text, one at a time.
pub(super) struct Numbers<'a> {
    file: &'a Path,
    words: std::iter::Peekable<Box<dyn Iterator<Item = (usize, &'a str)> + 'a>>,
    line: Option<usize>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(file: &'a Path, text: &'a str) -> Self {
        let words = text.lines().enumerate().flat_map(|(k, line)| line.split_whitespace().map(move |w| (k + 1, w)));
        let words: Box<dyn Iterator<Item = (usize, &'a str)> + 'a> = Box::new(words);
        Self { file, words: words.peekable(), line: None }
    }

    pub(super) fn peek(&mut self) -> Option<&'a str> {
        self.words.peek().map(|&(_, word)| word)
    }

    /// Passes over one word and returns its line.
    pub(super) fn skip(&mut self) -> Option<usize> {
        if let Some((line, _)) = self.words.next() {
            self.line = Some(line);
        }
        self.line
    }

    fn fault(&self, code: FaultCode, cause: String) -> FormatError {
        FormatError::new(self.file, self.line, code, cause)
    }

    fn word(&mut self, what: &str) -> Result<&'a str, FormatError> {
        let Some((line, word)) = self.words.next() else {
            return Err(self.fault(FaultCode::MissingField, format!("ends before {what}")));
        };
        self.line = Some(line);
        Ok(word)
    }

    /// A finite number of at least 0.
    pub(super) fn amount(&mut self, what: &str) -> Result<f64, FormatError> {
        let word = self.word(what)?;
        match word.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
            Ok(value) if value < 0.0 => {
                Err(self.fault(FaultCode::NegativeNumber, format!("{what}: {word} is negative")))
            }
            _ => Err(self.fault(FaultCode::WrongType, format!("{what}: `{}` is no number", shown(word)))),
        }
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&mut self, what: &str, most: usize) -> Result<usize, FormatError> {
        let word = self.word(what)?;
        match word.parse::<usize>() {
            Ok(value) if (1..=most).contains(&value) => Ok(value),
            Ok(value) => Err(self.fault(FaultCode::OutOfRange, format!("{what}: {value} is not between 1 and {most}"))),
            Err(_) => Err(self.fault(FaultCode::WrongType, format!("{what}: `{}` is no whole number", shown(word)))),
        }
    }

    pub(super) fn end(&mut self) -> Result<(), FormatError> {
        match self.words.next() {
            None => Ok(()),
            Some((line, word)) => {
                self.line = Some(line);
                Err(self.fault(FaultCode::MalformedLine, format!("`{}` stands after the last number", shown(word))))
            }
        }
    }
}
