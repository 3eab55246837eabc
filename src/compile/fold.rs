//! Folding of constant arithmetic, where it can hide no error.

use super::condition::known_truth;
use crate::syntax::ast::{BinaryOp, Expr, UnaryOp};
use crate::value::number;

/// How deep an expression is looked into.
const DEPTH_MAX: u32 = 24;

/// A number known at compile time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Known {
    Int(i64),
    Float(f64),
}

impl Known {
    fn to_float(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Float(float) => float,
        }
    }

    fn to_int(self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(int),
            Self::Float(float) => number::float_to_int(float),
        }
    }
}

/// The number that `expr` always gives, if it can be said now.
pub(super) fn known_number(expr: &Expr<'_>) -> Option<Known> {
    fold(expr, DEPTH_MAX)
}

fn fold(expr: &Expr<'_>, depth: u32) -> Option<Known> {
    let depth = depth.checked_sub(1)?;
    match expr {
        Expr::Int(_, int) => Some(Known::Int(*int)),
        Expr::Float(_, float) => Some(Known::Float(*float)),
        Expr::Paren(inner) => fold(inner, depth),
        Expr::Unary(op, _, operand) => fold_unary(*op, fold(operand, depth)?),
        Expr::Binary(op, _, [left, right]) => {
            // The right operand first: in a chain of operators it is the small one.
            let right = fold(right, depth)?;
            fold_binary(*op, fold(left, depth)?, right)
        }
        // What is left of the operator decides for the right operand.
        Expr::And(_, [left, right]) if known_truth(left) == Some(true) => fold(right, depth),
        Expr::Or(_, [left, right]) if known_truth(left) == Some(false) => fold(right, depth),
        _ => None,
    }
}

fn fold_unary(op: UnaryOp, operand: Known) -> Option<Known> {
    match (op, operand) {
        (UnaryOp::Negate, Known::Int(int)) => Some(Known::Int(int.wrapping_neg())),
        (UnaryOp::Negate, Known::Float(float)) => safe_float(-float),
        (UnaryOp::BitNot, operand) => Some(Known::Int(!operand.to_int()?)),
        _ => None,
    }
}

fn fold_binary(op: BinaryOp, left: Known, right: Known) -> Option<Known> {
    use BinaryOp::*;
    if let BitAnd | BitOr | BitXor | ShiftLeft | ShiftRight = op {
        let (left, right) = (left.to_int()?, right.to_int()?);
        return Some(Known::Int(match op {
            BitAnd => left & right,
            BitOr => left | right,
            BitXor => left ^ right,
            ShiftLeft => number::shift_left(left, right),
            _ => number::shift_right(left, right),
        }));
    }
    if let (Known::Int(left), Known::Int(right)) = (left, right) {
        match op {
            Add => return Some(Known::Int(left.wrapping_add(right))),
            Sub => return Some(Known::Int(left.wrapping_sub(right))),
            Mul => return Some(Known::Int(left.wrapping_mul(right))),
            IntDiv => return Some(Known::Int(number::int_floor_div(left, right)?)),
            Mod => return Some(Known::Int(number::int_mod(left, right)?)),
            _ => {}
        }
    }
    let (left, right) = (left.to_float(), right.to_float());
    match op {
        Add => safe_float(left + right),
        Sub => safe_float(left - right),
        Mul => safe_float(left * right),
        // A division by zero is left to the run, as PUC Lua does.
        Div if right != 0.0 => safe_float(left / right),
        IntDiv if right != 0.0 => safe_float(number::float_floor_div(left, right)),
        Mod if right != 0.0 => safe_float(number::float_mod(left, right)),
        Pow => safe_float(number::pow(left, right)),
        _ => None,
    }
}

/// NaN and zero are left to the run: their signs are easily lost.
fn safe_float(float: f64) -> Option<Known> {
    (!float.is_nan() && float != 0.0).then_some(Known::Float(float))
}
