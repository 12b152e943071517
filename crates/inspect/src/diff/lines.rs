//! Line diffs: the shortest edit between two texts (Myers, 1986), bounded in work and in length.

use std::collections::HashMap;

use super::change::{Hunk, Lines};

/// Lines around a difference.
const AROUND: usize = 3;

/// Lines kept of one diff.
const MOST_LINES: usize = 1000;

/// Characters kept of a line.
const LINE_KEPT: usize = 1000;

/// Differences behind which the rest counts as replaced: bounds time and memory.
const MOST_EDITS: usize = 1000;

/// What becomes of a run of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Remove,
    Add,
}

/// The differences between two texts.
pub(crate) fn compare(old: &str, new: &str) -> Lines {
    let (old, new): (Vec<&str>, Vec<&str>) = (split(old), split(new));
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut number = |line| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(line).or_insert(next)
    };
    let a: Vec<u32> = old.iter().map(|line| number(*line)).collect();
    let b: Vec<u32> = new.iter().map(|line| number(*line)).collect();
    hunks(&old, &new, &edits(&a, &b))
}

/// Lines with their ends, so that a missing last one shows. Templates are often one long line; it breaks behind tags.
fn split(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.len() <= 200 || !line.contains("%}") {
            lines.push(line);
            continue;
        }
        lines.extend(line.split_inclusive("%}"));
    }
    lines
}

/// One edit a line, in order.
fn edits(a: &[u32], b: &[u32]) -> Vec<Edit> {
    let front = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let back = a[front..].iter().rev().zip(b[front..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut out = vec![Edit::Keep; front];
    out.extend(middle(&a[front..a.len() - back], &b[front..b.len() - back]));
    out.extend(std::iter::repeat_n(Edit::Keep, back));
    out
}

fn middle(a: &[u32], b: &[u32]) -> Vec<Edit> {
    // `reach[k]` is the furthest line of `a` on diagonal `k`; one state a round, to walk back on.
    let most = (a.len() + b.len()).min(MOST_EDITS);
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut reach = vec![0_usize; 2 * most + 3];
    for round in 0..=most {
        rounds.push(reach[most - round..=most + round + 2].to_vec());
        for step in 0..=round {
            // Diagonal k = 2 * step - round, kept at k + most + 1.
            let index = most + 1 + 2 * step - round;
            let down = step == 0 || (step < round && reach[index - 1] < reach[index + 1]);
            let mut x = if down { reach[index + 1] } else { reach[index - 1] + 1 };
            let Some(mut y) = (x + round).checked_sub(2 * step) else { continue };
            while x < a.len() && y < b.len() && a[x] == b[y] {
                x += 1;
                y += 1;
            }
            reach[index] = x;
            if x >= a.len() && y >= b.len() {
                return back(&rounds, round, step, a.len(), b.len());
            }
        }
    }
    let mut out = vec![Edit::Remove; a.len()];
    out.extend(std::iter::repeat_n(Edit::Add, b.len()));
    out
}

/// Walks from the end to the beginning through what each round reached.
fn back(rounds: &[Vec<usize>], mut round: usize, mut step: usize, mut x: usize, mut y: usize) -> Vec<Edit> {
    let mut out = Vec::new();
    while round > 0 {
        // `state[j]` stands for the diagonal j - round - 1.
        let state = &rounds[round];
        let index = 2 * step + 1;
        let down = step == 0 || (step < round && state[index - 1] < state[index + 1]);
        let (begin, edit) =
            if down { (state[index + 1], Edit::Add) } else { (state[index - 1] + 1, Edit::Remove) };
        while x > begin {
            out.push(Edit::Keep);
            x -= 1;
            y -= 1;
        }
        out.push(edit);
        if down {
            y = y.saturating_sub(1);
        } else {
            x -= 1;
            step -= 1;
        }
        round -= 1;
    }
    out.extend(std::iter::repeat_n(Edit::Keep, x.min(y)));
    out.reverse();
    out
}

fn hunks(old: &[&str], new: &[&str], edits: &[Edit]) -> Lines {
    let mut lines = Lines::default();
    let (mut x, mut y) = (0, 0);
    let mut shown = 0;
    let mut hunk: Option<Hunk> = None;
    let mut kept_since = usize::MAX;
    for (at, edit) in edits.iter().enumerate() {
        if *edit == Edit::Keep {
            kept_since = kept_since.saturating_add(1);
            if let Some(open) = &mut hunk {
                let near = edits[at..].iter().take(AROUND + 1).any(|edit| *edit != Edit::Keep);
                if kept_since <= AROUND || near {
                    push(open, ' ', old[x], &mut shown, &mut lines.omitted);
                } else {
                    lines.hunks.extend(hunk.take());
                }
            }
            x += 1;
            y += 1;
            continue;
        }
        let open = hunk.get_or_insert_with(|| {
            let before = x.min(AROUND);
            let mut hunk = Hunk {
                old_start: (x - before + 1) as u64,
                new_start: (y - before + 1) as u64,
                ..Hunk::default()
            };
            for line in &old[x - before..x] {
                push(&mut hunk, ' ', line, &mut shown, &mut lines.omitted);
            }
            hunk
        });
        kept_since = 0;
        if *edit == Edit::Remove {
            lines.removed += 1;
            push(open, '-', old[x], &mut shown, &mut lines.omitted);
            x += 1;
        } else {
            lines.added += 1;
            push(open, '+', new[y], &mut shown, &mut lines.omitted);
            y += 1;
        }
    }
    lines.hunks.extend(hunk);
    lines.hunks.retain(|hunk| !hunk.lines.is_empty());
    lines
}

fn push(hunk: &mut Hunk, sign: char, line: &str, shown: &mut usize, omitted: &mut u64) {
    hunk.old_count += u64::from(sign != '+');
    hunk.new_count += u64::from(sign != '-');
    if *shown >= MOST_LINES {
        *omitted += 1;
        return;
    }
    *shown += 1;
    let text = line.strip_suffix('\n').unwrap_or(line);
    let cut = text.char_indices().nth(LINE_KEPT);
    let text = cut.map_or_else(|| text.to_owned(), |(at, _)| format!("{}…", &text[..at]));
    hunk.lines.push(format!("{sign}{text}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unified(old: &str, new: &str) -> String {
        let mut out = String::new();
        for hunk in compare(old, new).hunks {
            out.push_str(&format!(
                "@@ -{},{} +{},{} @@\n",
                hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count
            ));
            out.extend(hunk.lines.iter().map(|line| format!("{line}\n")));
        }
        out
    }

    #[test]
    fn shows_the_lines_that_differ_with_those_around_them() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n14\n15\n";
        let expected = "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n@@ -10,5 +10,5 @@\n 10\n 11\n 12\n-13\n 14\n+15\n";
        assert_eq!(unified(old, new), expected);
        assert_eq!(unified("", "a\n"), "@@ -1,0 +1,1 @@\n+a\n");
        assert_eq!(unified("a\n", ""), "@@ -1,1 +1,0 @@\n-a\n");
        assert_eq!(unified("a\nb", "a\nb"), "");
        assert_eq!(unified("x\na\nb\nc", "a\nq\nb\nc\nd"), "@@ -1,4 +1,5 @@\n-x\n a\n+q\n b\n-c\n+c\n+d\n");
    }

    /// Applied to the old text, every edit script gives the new one, and is no longer than it must be.
    #[test]
    fn edits_lead_from_one_text_to_the_other() {
        let mut state = 7_u64;
        let mut random = move |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for _ in 0..500 {
            let mut text = |length: u64| -> Vec<u32> {
                (0..random(length)).map(|_| u32::try_from(random(4)).unwrap()).collect()
            };
            let (a, b) = (text(12), text(12));
            let (mut x, mut y, mut made) = (0, 0, Vec::new());
            let script = edits(&a, &b);
            for edit in &script {
                match edit {
                    Edit::Keep => {
                        assert_eq!(a[x], b[y]);
                        made.push(a[x]);
                        x += 1;
                        y += 1;
                    }
                    Edit::Remove => x += 1,
                    Edit::Add => {
                        made.push(b[y]);
                        y += 1;
                    }
                }
            }
            assert_eq!((x, made), (a.len(), b.clone()));
            let kept = script.iter().filter(|edit| **edit == Edit::Keep).count();
            assert_eq!(kept, longest_common(&a, &b), "{a:?} {b:?}");
        }
    }

    fn longest_common(a: &[u32], b: &[u32]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (at, y) in b.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if x == y { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    #[test]
    fn stays_bounded_on_texts_that_have_nothing_in_common() {
        let text = |salt: u32| (0..50_000).map(|i| format!("{salt}-{i}\n")).collect::<String>();
        let lines = compare(&text(1), &text(2));
        assert_eq!((lines.removed, lines.added), (50_000, 50_000));
        assert_eq!(lines.hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>(), MOST_LINES);
        assert_eq!(lines.omitted, 99_000);
        let long = "x".repeat(100_000);
        assert_eq!(compare("", &long).hunks[0].lines[0].chars().count(), LINE_KEPT + 2);
    }
}
