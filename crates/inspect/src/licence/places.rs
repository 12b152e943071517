//! Codes of countries, as terms and those who ask about them write them.

/// The codes of ISO 3166-1 with two letters.
const COUNTRIES: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// A country by its code, or `EU` or `UK` as terms have them.
pub fn is_place(code: &str) -> bool {
    matches!(code, "EU" | "UK") || COUNTRIES.split_ascii_whitespace().any(|known| known == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licence::table;

    #[test]
    fn countries_are_told_from_other_letters() {
        assert_eq!(COUNTRIES.split_ascii_whitespace().count(), 249);
        for code in ["DE", "EU", "GB", "UK", "US"] {
            assert!(is_place(code), "{code}");
        }
        for code in ["", "XX", "ZZ", "de", "D", "DEU", "E U", " "] {
            assert!(!is_place(code), "{code}");
        }
    }

    #[test]
    fn places_that_terms_leave_out_can_be_asked_for() {
        let left_out = table().licences.iter().flat_map(|row| &row.territory);
        let mut places = left_out.flat_map(|territory| &territory.excluded).peekable();
        assert!(places.peek().is_some());
        for place in places {
            assert!(is_place(place), "{place}");
        }
    }
}
