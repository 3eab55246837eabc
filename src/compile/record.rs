//! Constructors whose names are known: templates for the tables that they make.

use super::CompileError;
use super::function::Builder;
use crate::syntax::ast::{Expr, Field, Table};
use crate::value::{Constant, RecordLayout, field_key};

/// How many of the newest templates are looked through for an equal one.
const SEARCH_MAX: usize = 16;
/// From this constant on there are no more templates: fields that are named by key operands need
/// the first 65,536.
const FIRST_MAX: usize = 1 << 15;
const NAMES_MAX: usize = RecordLayout::NODES_MAX;

/// A template among the constants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template {
    pub(super) first: i32,
    /// One more than the binary logarithm of how many nodes it has.
    pub(super) size_code: u8,
}

impl<'a> Builder<'a> {
    /// The template for a constructor that has nothing but a few different short names.
    pub(super) fn template(
        &mut self,
        table: &'a Table<'a>,
    ) -> Result<Option<Template>, CompileError> {
        let length = table.fields.len();
        if length == 0 || length > NAMES_MAX || self.arrays.constants.len() >= FIRST_MAX {
            return Ok(None);
        }
        let mut texts: [&'a [u8]; NAMES_MAX] = [b""; NAMES_MAX];
        let mut hashes = [0; NAMES_MAX];
        for (index, field) in table.fields.iter().enumerate() {
            let Field::Keyed(_, Expr::Str(_, name), _) = field else {
                return Ok(None);
            };
            let Some((_, hash)) = field_key(name.text) else {
                return Ok(None);
            };
            if texts[..index].contains(&name.text) {
                return Ok(None);
            }
            texts[index] = name.text;
            hashes[index] = hash;
        }
        let Some(layout) = RecordLayout::new(&hashes[..length]) else {
            return Ok(None);
        };
        let name_at = |node: usize| match layout.names[node] {
            Some(index) => Constant::Str(texts[usize::from(index)]),
            None => Constant::Nil,
        };
        let size_code = layout.count.ilog2() as u8 + 1;
        let skipped = self.arrays.templates.len().saturating_sub(SEARCH_MAX);
        for known in self.arrays.templates.iter().skip(skipped).rev() {
            let has = |node: usize| {
                let constant = self
                    .arrays
                    .constants
                    .get(known.first as usize + 2 * node + 1);
                constant.is_some_and(|constant| *constant == name_at(node))
            };
            if known.size_code == size_code && (0..layout.count).all(has) {
                return Ok(Some(*known));
            }
        }
        let first = self.arrays.constants.len() as i32;
        for node in 0..layout.count {
            self.arrays.constants.push(Constant::Nil)?;
            self.arrays.constants.push(name_at(node))?;
        }
        for link in &layout.links[..layout.count] {
            self.arrays
                .constants
                .push(Constant::Int(i64::from(*link)))?;
        }
        let template = Template { first, size_code };
        self.arrays.templates.push(template)?;
        Ok(Some(template))
    }
}
