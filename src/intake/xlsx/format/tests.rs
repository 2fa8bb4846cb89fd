//! Tests of number formats.

use rstest::rstest;

use super::*;

fn show(code: &str, raw: &str) -> String {
    NumberFormat::new(200, Some(code)).show(raw, false)
}

#[rstest]
#[case("0", "919876543210", "919876543210")]
#[case("00000", "123", "00123")]
#[case("0.00", "1234.5", "1234.50")]
#[case("0.00", "2.005", "2.01")]
#[case("0.##", "2", "2")]
#[case("#,##0", "1234567", "1,234,567")]
#[case("#,##0.00", "-1234.567", "-1,234.57")]
#[case("0%", "0.125", "13%")]
#[case("0.0%", "0.125", "12.5%")]
#[case("0,", "1234567", "1235")]
#[case("\"+\"0", "919876543210", "+919876543210")]
#[case("+0", "919876543210", "+919876543210")]
#[case("[Red]0;(0)", "-5", "(5)")]
#[case("0;-0;\"none\"", "0", "none")]
#[case("000-00-0000", "123456789", "123-45-6789")]
#[case("(###) ###\\-####", "9876543210", "(987) 654-3210")]
#[case("[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", "9876543210", "(987) 654-3210")]
#[case("[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", "5551234", "555-1234")]
#[case("[$₹-4009]\\ #,##0.00", "1500", "₹ 1,500.00")]
#[case("_(* #,##0_);_(* (#,##0)", "1500", "1,500")]
#[case("0.00E+00", "919876543210", "919876543210")]
#[case("# ?/?", "1.5", "1.5")]
#[case("General", "1.50", "1.5")]
#[case("@", "42", "42")]
#[case("0", "9.71501E+11", "9.71501E+11")]
#[case(".00", "12.5", "12.50")]
#[case("0 \"km\"", "5", "5 km")]
fn numbers_are_shown_as_the_cell_shows_them(#[case] code: &str, #[case] raw: &str, #[case] shown: &str) {
    assert_eq!(show(code, raw), shown);
}

#[rstest]
#[case("yyyy-mm-dd", "45356", "2024-03-05")]
#[case("dd/mm/yyyy", "45356", "05/03/2024")]
#[case("m/d/yy", "45356", "3/5/24")]
#[case("[$-409]d mmmm yyyy", "45356", "5 March 2024")]
#[case("dddd, d mmm", "45356", "Tuesday, 5 Mar")]
#[case("yyyy-mm-dd hh:mm:ss", "45356.75", "2024-03-05 18:00:00")]
#[case("h:mm AM/PM", "0.5208333333333334", "12:30 PM")]
#[case("h:mm", "0.999999999", "0:00")]
#[case("[h]:mm", "1.5", "36:00")]
#[case("mm:ss.0", "0.00001", "00:00.8")]
#[case("yyyy\"T\"hh", "45356.5", "2024T12")]
#[case("yyyy-mm-dd", "1", "1900-01-01")]
#[case("yyyy-mm-dd", "60", "1900-02-29")]
#[case("yyyy-mm-dd", "61", "1900-03-01")]
#[case("yyyy-mm-dd", "-1", "-1")]
#[case("yyyy-mm-dd", "2958465", "9999-12-31")]
#[case("yyyy-mm-dd", "2958466", "2958466")]
fn dates_are_shown_as_the_cell_shows_them(#[case] code: &str, #[case] raw: &str, #[case] shown: &str) {
    assert_eq!(show(code, raw), shown);
}

#[test]
fn the_days_of_a_macintosh_begin_later() {
    assert_eq!(NumberFormat::new(14, None).show("43894", true), "2024-03-05");
}

#[test]
fn every_day_of_four_centuries_follows_the_one_before() {
    let mut last = (1900, 3, 1, 4);
    for day in 62..146_200_u32 {
        let shown = show("yyyy m d", &day.to_string());
        let [year, month, date]: [u32; 3] =
            shown.split(' ').map(|n| n.parse().unwrap()).collect::<Vec<_>>().try_into().unwrap();
        let is_leap = last.0 % 4 == 0 && (last.0 % 100 != 0 || last.0 % 400 == 0);
        let days = [31, 28 + u32::from(is_leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][last.1 as usize - 1];
        let next = match last {
            (y, 12, 31, w) => (y + 1, 1, 1, (w + 1) % 7),
            (y, m, d, w) if d == days => (y, m + 1, 1, (w + 1) % 7),
            (y, m, d, w) => (y, m, d + 1, (w + 1) % 7),
        };
        assert_eq!((year, month, date), (next.0, next.1, next.2), "day {day}");
        let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        assert_eq!(show("ddd", &day.to_string()), names[next.3 as usize], "day {day}");
        last = next;
    }
}

#[test]
fn no_code_is_too_strange() {
    let signs = b"0#?.,%;[]\"\\_*@ymdhsAP/-+eE$<=1 ";
    let mut dice = 7_u64;
    for _ in 0..20_000 {
        let mut code = String::new();
        for _ in 0..8 {
            dice = crate::support::rng::mix(dice);
            code.push(char::from(signs[(dice % signs.len() as u64) as usize]));
        }
        for raw in ["0", "-1.5", "45356.25", "919876543210", "1E-7"] {
            let shown = show(&code, raw);
            assert!(shown.len() < 200, "{code}: {shown}");
        }
    }
}
