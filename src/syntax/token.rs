//! Tokens: what the lexer hands to the parser.
#![forbid(unsafe_code)]

use super::Line;
use super::ast::Symbol;

/// What a token is. Reserved words come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum TokenKind {
    And,
    Break,
    Do,
    Else,
    ElseIf,
    End,
    False,
    For,
    Function,
    Goto,
    If,
    In,
    Local,
    Nil,
    Not,
    Or,
    Repeat,
    Return,
    Then,
    True,
    Until,
    While,
    DoubleSlash,
    DoubleDot,
    Ellipsis,
    Equal,
    GreaterEqual,
    LessEqual,
    NotEqual,
    ShiftLeft,
    ShiftRight,
    DoubleColon,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
    Hash,
    Ampersand,
    Tilde,
    Bar,
    Less,
    Greater,
    Assign,
    OpenParen,
    CloseParen,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Colon,
    Semicolon,
    Comma,
    Dot,
    /// A byte that starts no token; see [`Lexeme::Byte`].
    Stray,
    Name,
    Str,
    Int,
    Float,
    Eof,
}

/// The reserved words, in the order of their kinds.
pub(super) const KEYWORDS: [TokenKind; 22] = {
    use TokenKind::*;
    [
        And, Break, Do, Else, ElseIf, End, False, For, Function, Goto, If, In, Local, Nil, Not, Or,
        Repeat, Return, Then, True, Until, While,
    ]
};

impl TokenKind {
    /// How a token of a fixed text is written, or how messages name one that varies.
    pub(super) const fn text(self) -> &'static str {
        use TokenKind::*;
        match self {
            And => "and",
            Break => "break",
            Do => "do",
            Else => "else",
            ElseIf => "elseif",
            End => "end",
            False => "false",
            For => "for",
            Function => "function",
            Goto => "goto",
            If => "if",
            In => "in",
            Local => "local",
            Nil => "nil",
            Not => "not",
            Or => "or",
            Repeat => "repeat",
            Return => "return",
            Then => "then",
            True => "true",
            Until => "until",
            While => "while",
            DoubleSlash => "//",
            DoubleDot => "..",
            Ellipsis => "...",
            Equal => "==",
            GreaterEqual => ">=",
            LessEqual => "<=",
            NotEqual => "~=",
            ShiftLeft => "<<",
            ShiftRight => ">>",
            DoubleColon => "::",
            Plus => "+",
            Minus => "-",
            Star => "*",
            Slash => "/",
            Percent => "%",
            Caret => "^",
            Hash => "#",
            Ampersand => "&",
            Tilde => "~",
            Bar => "|",
            Less => "<",
            Greater => ">",
            Assign => "=",
            OpenParen => "(",
            CloseParen => ")",
            OpenBrace => "{",
            CloseBrace => "}",
            OpenBracket => "[",
            CloseBracket => "]",
            Colon => ":",
            Semicolon => ";",
            Comma => ",",
            Dot => ".",
            Stray => "<byte>",
            Name => "<name>",
            Str => "<string>",
            Int => "<integer>",
            Float => "<number>",
            Eof => "<eof>",
        }
    }

    /// True if every token of this kind is written the same.
    pub(super) const fn is_fixed(self) -> bool {
        use TokenKind::*;
        !matches!(self, Stray | Name | Str | Int | Float | Eof)
    }
}

/// What a token carries besides its kind.
#[derive(Clone, Copy)]
pub(super) enum Lexeme<'a> {
    None,
    /// The text of a name, a reserved word or a string.
    Symbol(&'a Symbol<'a>),
    Int(i64),
    Float(f64),
    /// The byte of a [`TokenKind::Stray`].
    Byte(u8),
}

/// One token.
#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    /// The line on which the token ends.
    pub(super) line: Line,
    /// Where the token starts in the source.
    pub(super) start: usize,
    pub(super) lexeme: Lexeme<'a>,
}

impl Token<'_> {
    /// Stands where no token was read yet.
    pub(super) const NONE: Self = Self {
        kind: TokenKind::Eof,
        line: 1,
        start: 0,
        lexeme: Lexeme::None,
    };
}
