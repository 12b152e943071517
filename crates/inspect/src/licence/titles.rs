//! Licences of models whose texts are not shipped, by their titles and the sentences that set them apart.

use super::families::lines;
use super::row;

const TEXT: &str = include_str!("../known/licence_titles.txt");

/// Bytes of the words among which a title stands.
const TITLE: usize = 600;

fn titles() -> impl Iterator<Item = (&'static str, &'static str, impl Iterator<Item = &'static str>)> {
    lines(TEXT).map(|(id, phrases)| {
        let mut phrases = phrases.split('|').map(str::trim);
        (id, phrases.next().unwrap_or_default(), phrases)
    })
}

/// The licence whose title stands at the beginning of these words, and its other marks anywhere.
pub(super) fn of_text(words: &str) -> Option<&'static str> {
    let head = words.get(..words.floor_char_boundary(TITLE)).unwrap_or(words);
    let mut found: Vec<(usize, usize, &'static str)> = titles()
        .filter_map(|(id, title, mut marks)| {
            let at = whole_words(head, title)?;
            marks.all(|mark| whole_words(words, mark).is_some()).then_some((at, usize::MAX - title.len(), id))
        })
        .collect();
    // The first title, and of two there the longer.
    found.sort_unstable();
    found.first().and_then(|(.., id)| row(id)).map(|row| row.id.as_str())
}

/// The licence whose title stands anywhere in these words: in a notice that says what something is licensed under.
pub(super) fn of_notice(words: &str) -> Option<&'static str> {
    let named = |title: &str| {
        let title = title.strip_suffix(" agreement").unwrap_or(title);
        title.split(' ').count() > 3 && whole_words(words, title).is_some()
    };
    let found = titles().find(|(_, title, _)| named(title))?;
    row(found.0).map(|row| row.id.as_str())
}

/// Where these words stand in the text, not as a part of longer ones.
fn whole_words(text: &str, words: &str) -> Option<usize> {
    let ends = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == b' ');
    text.match_indices(words).map(|(at, _)| at).find(|at| {
        let before = at.checked_sub(1).and_then(|before| text.as_bytes().get(before));
        ends(before) && ends(text.as_bytes().get(at + words.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_a_row() {
        for (id, title, _) in titles() {
            assert!(row(id).is_some(), "{id}");
            assert!(title.split(' ').count() > 2, "{title}");
        }
    }

    #[test]
    fn a_title_stands_at_the_beginning_with_its_date() {
        let llama =
            "llama 3 1 community license agreement llama 3 1 version release date july 23 2024 agreement";
        assert_eq!(of_text(llama), Some("llama3.1"));
        assert_eq!(of_text(&llama.replace("july", "august")), None);
        assert_eq!(of_text(&format!("{} {llama}", "word ".repeat(200))), None);
        assert_eq!(
            of_text(
                "meta llama 3 community license agreement meta llama 3 version release date april 18 2024"
            ),
            Some("llama3")
        );
        assert_eq!(
            of_text("stability ai non commercial research community license agreement dated"),
            Some("stabilityai-nc")
        );
        let notice = "llama 3 2 is licensed under the llama 3 2 community license copyright meta";
        assert_eq!(of_notice(notice), Some("llama3.2"));
        assert_eq!(of_notice("this product has llama in its name"), None);
    }
}
