//! Sources of programs: ordinary modelling code, and lines that act, with arguments that do nothing.

use super::{File, one};

/// An argument for what starts processes or runs code.
pub const INERT: &str = "echo weighbridge-demo";

/// Ordinary files.
pub fn ordinary() -> Vec<File> {
    one("modeling_demo.py", MODEL)
}

/// A file of modelling code with lines before and behind it.
pub fn module(lines: &str) -> Vec<File> {
    one("modeling_demo.py", format!("{lines}\n"))
}

/// A class as loaders find it, with these lines in its `forward`.
pub fn forward(imports: &str, lines: &str) -> Vec<File> {
    let body: String = lines.lines().map(|line| format!("        {line}\n")).collect();
    module(&format!("{imports}\n\n\nclass Model:\n    def forward(self, x):\n{body}        return x"))
}

/// A function that nothing calls, with these lines in it.
pub fn function(imports: &str, lines: &str) -> Vec<File> {
    let body: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    module(&format!("{imports}\n\n\ndef demo(x):\n{body}    return x"))
}

const MODEL: &str = r#"# coding=utf-8
"""A demonstration."""

import json
import math
import os
from typing import Optional

import torch
import torch.nn as nn
from torch.nn import functional as F
from transformers import PretrainedConfig, PreTrainedModel

VOCABULARY = os.path.join(os.path.dirname(__file__), "vocab.json")


class DemoConfig(PretrainedConfig):
    model_type = "demo"

    def __init__(self, hidden_size: int = 8, **kwargs):
        self.hidden_size = hidden_size
        super().__init__(**kwargs)


class DemoModel(PreTrainedModel):
    config_class = DemoConfig

    def __init__(self, config):
        super().__init__(config)
        self.scale = 1.0 / math.sqrt(config.hidden_size)
        self.linear = nn.Linear(config.hidden_size, config.hidden_size)
        self.activation = getattr(F, "gelu")
        with open(VOCABULARY, encoding="utf-8") as file:
            self.vocabulary = json.load(file)

    def forward(self, x: torch.Tensor, mask: Optional[torch.Tensor] = None):
        x = self.activation(self.linear(x)) * self.scale
        self.eval()
        if mask is not None:
            x = x.masked_fill(mask == 0, float("-inf"))
        return x


if __name__ == "__main__":
    print(os.environ.get("CUDA_VISIBLE_DEVICES"), DemoConfig())
"#;

/// So many characters of Base64, which mean nothing.
pub fn encoded(length: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 1_u32;
    let mut digits = String::new();
    while digits.len() < length {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        digits.push(char::from(DIGITS[(state >> 26) as usize]));
    }
    digits
}
