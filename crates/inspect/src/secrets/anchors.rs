//! Where in a text any of some hundred words stands, in any case. A table says of every three characters whether a word
//! may begin with them; eight places are looked up at once, and most text needs no more than that.

/// Bits of a hash of three characters.
const BITS: u32 = 16;

/// Words that are looked for.
pub(super) struct Anchors {
    /// 1 for every hash that a word begins with.
    may_begin: Box<[u8; 1 << BITS]>,
    beginnings: Box<[Beginning; 1 << BITS]>,
    lists: Vec<Vec<u16>>,
    words: Vec<Vec<u8>>,
}

/// What begins with the same hash.
#[derive(Debug, Clone, Copy)]
struct Beginning {
    /// Where the words are in the lists, the longest first.
    list: u16,
    /// The classes of the fourth characters of these words.
    next: u16,
}

/// Characters without case. Some marks become others, in words as in text.
fn folded(characters: u64) -> u64 {
    characters | 0x2020_2020_2020_2020
}

/// A number below 2 to the `BITS` for three characters; whatever follows them falls out of the product.
#[expect(clippy::cast_possible_truncation, reason = "a hash takes the lower half")]
fn hash(folded: u64) -> usize {
    const FACTOR: u32 = 0x0037_79b1 << 8;
    ((folded as u32).wrapping_mul(FACTOR) >> (32 - BITS)) as usize
}

/// One bit of sixteen for a character without case.
fn class(character: u8) -> u16 {
    1 << (character & 15)
}

fn beginning(text: &[u8]) -> Option<u64> {
    let [a, b, c, ..] = text else { return None };
    Some(folded(u64::from_le_bytes([*a, *b, *c, 0, 0, 0, 0, 0])))
}

/// A row for every hash.
#[expect(clippy::unnecessary_box_returns, reason = "it is large for a stack")]
fn table<T: Copy>(row: T) -> Box<[T; 1 << BITS]> {
    let rows = vec![row; 1 << BITS].into_boxed_slice();
    rows.try_into().unwrap_or_else(|_| unreachable!("there are that many"))
}

impl Anchors {
    /// Words of at least three characters.
    pub(super) fn new(words: &[String]) -> Self {
        let mut anchors = Self {
            may_begin: table(0),
            beginnings: table(Beginning { list: 0, next: 0 }),
            lists: vec![Vec::new()],
            words: words.iter().map(|word| word.to_ascii_lowercase().into_bytes()).collect(),
        };
        for (index, word) in anchors.words.iter().enumerate() {
            let Some(hash) = beginning(word).map(hash) else { continue };
            anchors.may_begin[hash] = 1;
            let Beginning { list, next } = &mut anchors.beginnings[hash];
            if *list == 0 {
                *list = u16::try_from(anchors.lists.len()).unwrap_or_default();
                anchors.lists.push(Vec::new());
            }
            *next |= word.get(3).map_or(u16::MAX, |next| class(*next));
            anchors.lists[usize::from(*list)].push(u16::try_from(index).unwrap_or_default());
        }
        for list in &mut anchors.lists {
            list.sort_by_key(|index| std::cmp::Reverse(anchors.words[usize::from(*index)].len()));
        }
        anchors
    }

    /// Calls for each place in `region` where a word begins: the number of the longest, where it begins and where it ends.
    pub(super) fn each(
        &self,
        text: &[u8],
        region: std::ops::Range<usize>,
        mut found: impl FnMut(usize, usize, usize),
    ) {
        let mut at = region.start;
        while at + 8 <= region.end
            && let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<10>)
            && let (Some(first), Some(second)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
        {
            let first = folded(u64::from_le_bytes(*first));
            let second = folded(u64::from_le_bytes(*second));
            let mut hits = 0_u32;
            for place in 0..6 {
                hits |= self.bit(first >> (8 * place)) << place;
            }
            for place in 6..8 {
                hits |= self.bit(second >> (8 * (place - 2))) << place;
            }
            while hits != 0 {
                let place = at + hits.trailing_zeros() as usize;
                hits &= hits - 1;
                self.look(text, place, &mut found);
            }
            at += 8;
        }
        for place in at..region.end.min(text.len()) {
            self.look(text, place, &mut found);
        }
    }

    fn bit(&self, folded: u64) -> u32 {
        u32::from(self.may_begin[hash(folded)])
    }

    fn look(&self, text: &[u8], place: usize, found: &mut impl FnMut(usize, usize, usize)) {
        let Some(rest) = text.get(place..) else { return };
        let Some(beginning) = beginning(rest) else { return };
        let Beginning { list, next } = self.beginnings[hash(beginning)];
        if next & class(rest.get(3).copied().unwrap_or_default()) == 0 {
            return;
        }
        let list = self.lists.get(usize::from(list)).map_or(&[][..], Vec::as_slice);
        for index in list {
            let Some(word) = self.words.get(usize::from(*index)) else { continue };
            if rest.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word)) {
                found(usize::from(*index), place, place + word.len());
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand_and_the_longest_counts() {
        let words = ["sk-", "sk-ant-", "://", "AKIA", r"\\a"].map(str::to_owned);
        let anchors = Anchors::new(&words);
        for before in 0..20 {
            for behind in 0..12 {
                let text = format!("{}SK-ant-{}", "x".repeat(before), "y".repeat(behind));
                let mut found = Vec::new();
                anchors.each(text.as_bytes(), 0..text.len(), |word, from, to| found.push((word, from, to)));
                assert_eq!(found, [(1, before, before + 7)], "{text}");
            }
        }
        let text = r"a akiA://\\a sk SK-";
        let mut found = Vec::new();
        anchors.each(text.as_bytes(), 3..text.len(), |word, from, _| found.push((word, from)));
        assert_eq!(found, [(2, 6), (4, 9), (0, 16)]);
    }
}
