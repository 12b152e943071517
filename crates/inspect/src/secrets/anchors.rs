//! Where in a text any of some hundred words stands, in any case. A bit says of every three characters whether a word may
//! begin with them; the bits of eight places are looked up at once, and most text needs no more than that.

/// Bits of a hash of three characters.
const BITS: u32 = 16;

/// Words that are looked for.
pub(super) struct Anchors {
    /// One bit for every hash.
    may_begin: Box<[u64]>,
    /// The words of every hash, the longest first: where they are in `lists`, 0 for none.
    list_of: Box<[u16]>,
    lists: Vec<Vec<u16>>,
    words: Vec<Vec<u8>>,
}

/// Three characters without case. Some marks become others, in words as in text.
fn folded(characters: u64) -> u64 {
    (characters | 0x0020_2020) & 0x00ff_ffff
}

#[expect(clippy::cast_possible_truncation, reason = "a hash keeps the lower half")]
fn hash(folded: u64) -> usize {
    ((folded as u32).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

fn beginning(text: &[u8]) -> Option<u64> {
    let [a, b, c, ..] = text else { return None };
    Some(folded(u64::from(*a) | u64::from(*b) << 8 | u64::from(*c) << 16))
}

impl Anchors {
    /// Words of at least three characters.
    pub(super) fn new(words: &[String]) -> Self {
        let mut anchors = Self {
            may_begin: vec![0; 1 << (BITS - 6)].into(),
            list_of: vec![0; 1 << BITS].into(),
            lists: vec![Vec::new()],
            words: words.iter().map(|word| word.to_ascii_lowercase().into_bytes()).collect(),
        };
        for (index, word) in anchors.words.iter().enumerate() {
            let Some(hash) = beginning(word).map(hash) else { continue };
            anchors.may_begin[hash / 64] |= 1 << (hash % 64);
            if anchors.list_of[hash] == 0 {
                anchors.list_of[hash] = u16::try_from(anchors.lists.len()).unwrap_or_default();
                anchors.lists.push(Vec::new());
            }
            anchors.lists[usize::from(anchors.list_of[hash])].push(u16::try_from(index).unwrap_or_default());
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
            && let Some(first) = text.get(at..).and_then(<[u8]>::first_chunk::<8>)
            && let Some(second) = text.get(at + 4..).and_then(<[u8]>::first_chunk::<8>)
        {
            let (first, second) = (u64::from_le_bytes(*first), u64::from_le_bytes(*second));
            let mut hits = 0_u32;
            for place in 0..6 {
                hits |= self.bit(first >> (8 * place)) << place;
            }
            for place in 6..8 {
                hits |= self.bit(second >> (8 * (place - 4))) << place;
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

    fn bit(&self, characters: u64) -> u32 {
        let hash = hash(folded(characters));
        let word = self.may_begin.get(hash / 64).copied().unwrap_or_default();
        u32::from(word >> (hash % 64) & 1 == 1)
    }

    fn look(&self, text: &[u8], place: usize, found: &mut impl FnMut(usize, usize, usize)) {
        let Some(rest) = text.get(place..) else { return };
        let Some(list) = beginning(rest).and_then(|beginning| self.list_of.get(hash(beginning))) else {
            return;
        };
        let list = self.lists.get(usize::from(*list)).map_or(&[][..], Vec::as_slice);
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
