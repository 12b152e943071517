//! `docs/scan.svg`, the picture in the README: what the command really prints, drawn.

use weighbridge_inspect::formats;
use weighbridge_inspect::samples::pickle::Program;

use crate::pages::is_up_to_date;
use crate::run::{command, ended, folder};

const WIDTH: usize = 80;
const LINE: usize = 18;

#[test]
fn the_picture_in_the_readme_is_up_to_date() {
    let weights = (formats::find("safetensors").unwrap().samples)().swap_remove(0).1;
    let model = [
        ("classifier.pkl", Program::new(4).call("os", "system", "echo weighbridge-demo").stop()),
        ("model.safetensors", weights),
    ];
    let files: Vec<_> = model.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let folder = folder(&files);
    let mut command = command(folder.path());
    let printed = ended(command.env("CLICOLOR_FORCE", "1").args(["scan", "."]).output().unwrap()).stdout;
    // The name of the set of rules changes more often than the picture should.
    let printed = printed.replace(&weighbridge_inspect::report::ruleset(), env!("CARGO_PKG_VERSION"));
    is_up_to_date("scan.svg", &drawn(&format!("$ weighbridge scan a-model\n{printed}")));
}

/// Text with colours, as a picture.
fn drawn(text: &str) -> String {
    let height = text.lines().count() * LINE + 32;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-size=\"13\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\">\n\
         <title>What weighbridge prints about a folder with a pickle that starts a process</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1b1a\"/>\n",
        WIDTH * 8 + 32
    );
    let mut look = Look::default();
    for (number, line) in text.lines().enumerate() {
        let y = number * LINE + 30;
        out.push_str(&format!("<text x=\"16\" y=\"{y}\" xml:space=\"preserve\">"));
        for (index, piece) in line.split('\x1b').enumerate() {
            let mut text = piece;
            if index > 0 {
                let (codes, rest) = piece.strip_prefix('[').and_then(|piece| piece.split_once('m')).unwrap();
                codes.split(';').for_each(|code| look.change(code));
                text = rest;
            }
            if !text.is_empty() {
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                out.push_str(&format!("<tspan{}>{text}</tspan>", look.attributes()));
            }
        }
        out.push_str("</text>\n");
    }
    out + "</svg>\n"
}

#[derive(Default)]
struct Look {
    bold: bool,
    colour: Option<&'static str>,
}

impl Look {
    fn change(&mut self, code: &str) {
        match code {
            "0" | "" => *self = Self::default(),
            "1" => self.bold = true,
            "2" => self.colour = Some("#96948c"),
            "31" => self.colour = Some("#ff8a8a"),
            "33" => self.colour = Some("#f2c46c"),
            "36" => self.colour = Some("#7fc8d8"),
            other => panic!("no look for {other}"),
        }
    }

    fn attributes(&self) -> String {
        let weight = if self.bold { " font-weight=\"bold\"" } else { "" };
        format!(" fill=\"{}\"{weight}", self.colour.unwrap_or("#ecebe6"))
    }
}
