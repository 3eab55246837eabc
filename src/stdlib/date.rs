//! The calendar of `os.date` and `os.time`: days and fields, the local time zone, `strftime`.
#![forbid(unsafe_code)]
//!
//! - **D1** The calendar is Gregorian without end in either direction, as C's is; years fit an
//!   `int` there, and so they do here.
//! - **D2** Names and layouts are those of the C locale.
//! - **D3** The time zone is the system's; beyond the years that its rules are known for it is UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::value::decimal::Text;

const SECONDS_PER_DAY: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;
/// Days of 400 years.
const ERA_DAYS: i64 = 146_097;

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The length that fits any single conversion.
pub(super) const ITEM_MAX: usize = 64;

/// A moment, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    /// Sunday is 0.
    pub(super) weekday: i64,
    /// From 0.
    pub(super) year_day: i64,
    pub(super) is_dst: bool,
    pub(super) zone: Zone,
}

/// What the clock shows beside UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    offset: i64,
    is_dst: bool,
    name: [u8; 8],
    name_len: usize,
}

impl Zone {
    const UTC: Self = Self::named(b"GMT", 0, false);

    const fn named(name: &[u8], offset: i64, is_dst: bool) -> Self {
        let mut own = [0; 8];
        let mut len = 0;
        while len < name.len() && len < own.len() {
            own[len] = name[len];
            len += 1;
        }
        Self {
            offset,
            is_dst,
            name: own,
            name_len: len,
        }
    }

    /// The system's zone at `time`.
    fn local(time: i64) -> Self {
        let Ok(timestamp) = Timestamp::from_second(time) else {
            return Self::UTC;
        };
        let zone = TimeZone::system();
        let info = zone.to_offset_info(timestamp);
        Self::named(
            info.abbreviation().as_bytes(),
            info.offset().seconds().into(),
            info.dst().is_dst(),
        )
    }
}

/// Days since 1970-01-01 of a date whose month may be any number, 1 being January.
fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let months = month - 1;
    let year = year.checked_add(months.div_euclid(12))?;
    let month = months.rem_euclid(12);
    // Years start in March here, so that the odd day is their last.
    let (year, month) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let year_day = (153 * month + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + year_day;
    era.checked_mul(ERA_DAYS)?
        .checked_add(day_of_era - EPOCH_DAYS)?
        .checked_add(day - 1)
}

/// Seconds since the epoch of fields that may be beyond their ranges, in UTC.
fn seconds_of(fields: [i64; 6]) -> Option<i64> {
    let [year, month, day, hour, minute, second] = fields;
    days_of(year, month, day)?
        .checked_mul(SECONDS_PER_DAY)?
        .checked_add(hour.checked_mul(3600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)
}

/// The time at which a local clock shows `fields` (year, month, day, hour, minute, second, each of
/// any size); `is_dst` says which of two clocks is meant. `is_utc`: that clock shows UTC.
pub(super) fn time_of(fields: [i64; 6], is_dst: Option<bool>, is_utc: bool) -> Option<i64> {
    let shown = seconds_of(fields)?;
    if is_utc {
        let hour = if is_dst == Some(true) { 3600 } else { 0 };
        return shown.checked_sub(hour);
    }
    // The offset in force then, from two guesses: one of them is beyond a change of the clock.
    let mut time = shown.checked_sub(Zone::local(shown).offset)?;
    time = shown.checked_sub(Zone::local(time).offset)?;
    let zone = Zone::local(time);
    match is_dst {
        Some(true) if !zone.is_dst => time.checked_sub(3600),
        Some(false) if zone.is_dst => time.checked_add(3600),
        _ => Some(time),
    }
}

impl Moment {
    /// What clock and calendar show at `time`; none where the year does not fit.
    pub(super) fn new(time: i64, is_utc: bool) -> Option<Self> {
        let zone = if is_utc { Zone::UTC } else { Zone::local(time) };
        let shown = time.checked_add(zone.offset)?;
        let days = shown.div_euclid(SECONDS_PER_DAY);
        let second_of_day = shown.rem_euclid(SECONDS_PER_DAY);
        let since_march = days.checked_add(EPOCH_DAYS)?;
        let era = since_march.div_euclid(ERA_DAYS);
        let day_of_era = since_march.rem_euclid(ERA_DAYS);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 {
            month_index + 3
        } else {
            month_index - 9
        };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        // C counts years from 1900 in an `int`.
        i32::try_from(year - 1900).ok()?;
        Some(Self {
            year,
            month,
            day,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            weekday: (days + 4).rem_euclid(7),
            year_day: days - days_of(year, 1, 1)?,
            is_dst: zone.is_dst,
            zone,
        })
    }

    /// Year and number of the ISO 8601 week.
    fn iso_week(&self) -> (i64, i64) {
        // Days since the Monday of this week, and the year that its Thursday is in.
        let monday = (self.weekday + 6) % 7;
        let thursday = self.year_day - monday + 3;
        let (year, year_day) = if thursday < 0 {
            (self.year - 1, thursday + year_days(self.year - 1))
        } else if thursday >= year_days(self.year) {
            (self.year + 1, thursday - year_days(self.year))
        } else {
            (self.year, thursday)
        };
        (year, year_day / 7 + 1)
    }

    /// Appends one conversion of `strftime`, named by its letter.
    pub(super) fn format(&self, letter: u8, text: &mut Text<ITEM_MAX>) {
        let day_name = DAYS.get(self.weekday as usize).copied().unwrap_or("?");
        let month_name = MONTHS.get(self.month as usize - 1).copied().unwrap_or("?");
        let hour_12 = (self.hour + 11) % 12 + 1;
        let short = |name: &'static str| name.get(..3).unwrap_or(name).as_bytes();
        match letter {
            b'a' => text.push(short(day_name)),
            b'A' => text.push(day_name.as_bytes()),
            b'b' | b'h' => text.push(short(month_name)),
            b'B' => text.push(month_name.as_bytes()),
            b'c' => self.all(b"a b e T Y", text),
            b'C' => number(self.year.div_euclid(100), 2, b'0', text),
            b'd' => number(self.day, 2, b'0', text),
            b'D' | b'x' => self.all(b"m/d/y", text),
            b'e' => number(self.day, 2, b' ', text),
            b'F' => self.all(b"Y-m-d", text),
            b'g' => number(self.iso_week().0.rem_euclid(100), 2, b'0', text),
            b'G' => number(self.iso_week().0, 1, b'0', text),
            b'H' => number(self.hour, 2, b'0', text),
            b'I' => number(hour_12, 2, b'0', text),
            b'j' => number(self.year_day + 1, 3, b'0', text),
            b'm' => number(self.month, 2, b'0', text),
            b'M' => number(self.minute, 2, b'0', text),
            b'n' => text.push(b"\n"),
            b'p' => text.push(if self.hour < 12 { b"AM" } else { b"PM" }),
            b'r' => self.all(b"I:M:S p", text),
            b'R' => self.all(b"H:M", text),
            b'S' => number(self.second, 2, b'0', text),
            b't' => text.push(b"\t"),
            b'T' | b'X' => self.all(b"H:M:S", text),
            b'u' => number((self.weekday + 6) % 7 + 1, 1, b'0', text),
            b'U' => number((self.year_day + 7 - self.weekday) / 7, 2, b'0', text),
            b'V' => number(self.iso_week().1, 2, b'0', text),
            b'w' => number(self.weekday, 1, b'0', text),
            b'W' => {
                let monday = (self.weekday + 6) % 7;
                number((self.year_day + 7 - monday) / 7, 2, b'0', text);
            }
            b'y' => number(self.year.rem_euclid(100), 2, b'0', text),
            b'Y' => number(self.year, 1, b'0', text),
            b'z' => {
                let minutes = self.zone.offset.abs() / 60;
                text.push(if self.zone.offset < 0 { b"-" } else { b"+" });
                number(minutes / 60 * 100 + minutes % 60, 4, b'0', text);
            }
            b'Z' => text.push(self.zone.name.get(..self.zone.name_len).unwrap_or_default()),
            other => text.push(&[other]),
        }
    }

    /// Appends a layout: letters are conversions, other bytes stand for themselves.
    fn all(&self, layout: &[u8], text: &mut Text<ITEM_MAX>) {
        for byte in layout {
            if byte.is_ascii_alphabetic() {
                self.format(*byte, text);
            } else {
                text.push(&[*byte]);
            }
        }
    }
}

fn year_days(year: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    365 + i64::from(is_leap)
}

/// Appends a number of at least `width` digits.
fn number(value: i64, width: usize, fill: u8, text: &mut Text<ITEM_MAX>) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value.unsigned_abs()).as_bytes();
    if value < 0 {
        text.push(b"-");
    }
    text.fill(
        fill,
        width.saturating_sub(digits.len() + usize::from(value < 0)),
    );
    text.push(digits);
}
