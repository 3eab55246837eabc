//! Tests of the pattern matcher.

use super::*;

/// What a match gives, as text: the span, then the captures.
fn describe(source: &[u8], pattern: &[u8], from: usize) -> Result<String, PatternError> {
    let mut scratch = Scratch::new();
    let mut meter = |_| true;
    let mut matcher = Matcher::new(source, pattern, &mut scratch, &mut meter);
    let Some(span) = matcher.find(from, None)? else {
        return Ok("none".to_string());
    };
    let mut text = format!("{}..{}", span.start, span.end);
    for index in 0..matcher.capture_count(false) {
        match matcher.capture(index, span)? {
            Captured::Bytes(bytes) => text += &format!(" {}", bytes.escape_ascii()),
            Captured::Position(position) => text += &format!(" @{position}"),
        }
    }
    Ok(text)
}

#[track_caller]
fn check(source: &str, pattern: &str, expected: &str) {
    let found = describe(source.as_bytes(), pattern.as_bytes(), 0);
    let found = found.unwrap_or_else(|error| error.to_string());
    assert_eq!(found, expected, "{pattern} in {source}");
}

#[test]
fn patterns_match() {
    check("hello world", "o w", "4..7");
    check("hello", "", "0..0");
    check("hello", "l+", "2..4");
    check("hello", "^l", "none");
    check("hello", "l*$", "5..5");
    check("hello", "(h)(.)(%1)", "none");
    check("abcabc", "(abc)%1", "0..6 abc");
    check("key = value", "(%w+)%s*=%s*(%w+)", "0..11 key value");
    check("2024-05-17", "(%d+)-(%d+)-(%d+)", "0..10 2024 05 17");
    check("a.b", "%.", "1..2");
    check("f(a(b)c)d", "%b()", "1..8");
    check("THE (quick) fox", "%f[%a]%a+%f[%A]", "0..3");
    check("THE (quick) fox", "%f[%l]%a+", "5..10");
    check("abc", "()b()", "1..2 @2 @3");
    check("<a><b>", "<.->", "0..3");
    check("<a><b>", "<.+>", "0..6");
    check("aXbXc", "[^X]*X", "0..2");
    check("aaab", "a-b", "0..4");
    check("aaa", "a-$", "0..3");
    check("xa?b", "a?", "0..0");
    check("a$b", "a$b", "0..3");
    check("a^b", "a^b", "0..3");
    check("[x]", "[]]", "2..3");
    check("x-y", "[a-]", "1..2");
    check("((a))", "((%()(.))", "0..2 (( ( (");
    check("\0a\0", "%z", "0..1");
    check("banana", "(a)(n)(a)", "1..4 a n a");
    check("abc", ".-()$", "0..3 @4");
    check(
        &"ab".repeat(100),
        "(.-)b%f[%z]",
        &format!("0..200 {}a", "ab".repeat(99)),
    );
    check(&"xyz-".repeat(60), "z%-$", "238..240");
    check(
        &format!("{}needle", "haystack ".repeat(20)),
        "(needle)",
        "180..186 needle",
    );
}

#[test]
fn malformed_patterns_are_errors_when_reached() {
    check("a", "%", "malformed pattern (ends with '%')");
    check("a", "[a", "malformed pattern (missing ']')");
    check("a", "[", "malformed pattern (missing ']')");
    check("a", "[^", "malformed pattern (missing ']')");
    check("a", "[a%", "malformed pattern (missing ']')");
    check("a", "b[", "none");
    check("a", "a[", "malformed pattern (missing ']')");
    check("a", "%b", "malformed pattern (missing arguments to '%b')");
    check("a", "%bx", "malformed pattern (missing arguments to '%b')");
    check("a", "%f", "missing '[' after '%f' in pattern");
    check("a", "%fx", "missing '[' after '%f' in pattern");
    check("a", "%1", "invalid capture index %1");
    check("a", "(%1)", "invalid capture index %1");
    check("a", "%0", "invalid capture index %0");
    check("a", "a)", "invalid pattern capture");
    check("a", "(a", "unfinished capture");
    check("a", &"()".repeat(33), "too many captures");
    check("a", &"()".repeat(32), &format!("0..0{}", " @1".repeat(32)));
    check(&"a".repeat(300), &"a?".repeat(300), "pattern too complex");
    check("", &"a?".repeat(300), "0..0");
    check("", &"a*".repeat(300), "0..0");
}

#[test]
fn gmatch_and_gsub_pass_over_a_match_that_ends_where_the_last_one_did() {
    let mut scratch = Scratch::new();
    let mut meter = |_| true;
    let mut matcher = Matcher::unanchored(b"ab  c", b"%a*", &mut scratch, &mut meter);
    let (mut from, mut last_end) = (0, None);
    let mut spans = Vec::new();
    while let Ok(Some(span)) = matcher.find(from, last_end) {
        spans.push((span.start, span.end));
        from = span.end;
        last_end = Some(span.end);
    }
    assert_eq!(spans, [(0, 2), (3, 3), (4, 5)]);
}

impl Sink for Vec<u8> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), AllocError> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

#[track_caller]
fn check_expand(replacement: &str, expected: &str) {
    let mut scratch = Scratch::new();
    let mut meter = |_| true;
    let mut matcher = Matcher::new(b"hello world", b"(%w+) ()", &mut scratch, &mut meter);
    let span = matcher.find(0, None).unwrap().unwrap();
    let mut out = Vec::new();
    let outcome = matcher.expand(span, replacement.as_bytes(), &mut out);
    let text = match outcome {
        Ok(()) => String::from_utf8(out).unwrap(),
        Err(ExpandError::Pattern(error)) => error.to_string(),
        Err(ExpandError::Memory(error)) => error.to_string(),
    };
    assert_eq!(text, expected);
}

#[test]
fn replacements_are_expanded() {
    check_expand("plain", "plain");
    check_expand("<%1|%0|%2>", "<hello|hello |7>");
    check_expand("100%%", "100%");
    check_expand("%3", "invalid capture index %3");
    check_expand("%x", "invalid use of '%' in replacement string");
    check_expand("x%", "invalid use of '%' in replacement string");
}

#[test]
fn plain_text_is_found() {
    assert_eq!(find_plain(b"hello", b"l", 3), Some(3));
    assert_eq!(find_plain(b"hello", b"lo", 0), Some(3));
    assert_eq!(find_plain(b"hello", b"", 5), Some(5));
    assert_eq!(find_plain(b"hello", b"x", 0), None);
    assert_eq!(find_plain(b"hello", b"h", 6), None);
    assert!(has_specials(b"a.b") && !has_specials(b"a)b]"));
}

#[test]
fn the_meter_stops_a_match_that_backtracks() {
    let source = "a".repeat(200);
    let pattern = "a-".repeat(20) + "b";
    let mut total = 0;
    let mut meter = |steps| {
        total += steps;
        total < 100_000
    };
    let mut scratch = Scratch::new();
    let (source, pattern) = (source.as_bytes(), pattern.as_bytes());
    let mut matcher = Matcher::new(source, pattern, &mut scratch, &mut meter);
    assert_eq!(matcher.find(0, None), Err(PatternError::Interrupted));
    assert!((100_000..110_000).contains(&total), "{total} steps");
}

/// Random patterns over a few bytes neither panic nor run on, nor do they match otherwise
/// than without the short cuts at the start of a match.
#[test]
fn random_patterns_are_bounded() {
    let alphabet = b"ab1 %%[[]]^^$()()*+-?.bfdaAs-x";
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    for _ in 0..20_000 {
        let length = next(12);
        let pattern: Vec<u8> = (0..length)
            .map(|_| alphabet[next(alphabet.len())])
            .collect();
        let source: Vec<u8> = (0..next(40)).map(|_| b"ab1 ()[]"[next(8)]).collect();
        let mut calls = 0;
        let mut meter = |_| {
            calls += 1;
            calls < 20
        };
        let mut scratch = Scratch::new();
        let mut matcher = Matcher::new(&source, &pattern, &mut scratch, &mut meter);
        let fast = matcher.find(0, None);
        let anchored = matcher.is_anchored();
        let last = if anchored { 0 } else { source.len() };
        let mut slow = Ok(None);
        for start in 0..=last {
            slow = matcher
                .match_at(start)
                .map(|end| end.map(|end| Span { start, end }));
            if slow != Ok(None) {
                break;
            }
        }
        let stopped = Err(PatternError::Interrupted);
        if fast != stopped && slow != stopped {
            assert_eq!(fast, slow, "{}", pattern.escape_ascii());
        }
        assert!(calls <= 21);
    }
}
