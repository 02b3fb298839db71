#!/usr/bin/env python3
"""Turns a GGUF file into the folder of safetensors and tokenizer that vLLM loads.

    python scripts/gguf_to_hf.py MODEL.gguf FOLDER

Needs `torch`, `transformers`, `accelerate` and `gguf`, in an environment of their own: Jr itself needs none
of them. The weights are written as bfloat16: a quantised file comes out as good as it went in, and larger.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def convert(source: Path, folder: Path) -> None:
    """Writes the model of `source` into `folder`. Raises whatever transformers cannot read it for."""
    place, name = str(source.parent), source.name
    tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=name)
    if tokenizer.chat_template is None:
        raise SystemExit("the file holds no chat template: a base model cannot follow instructions")
    whole = GgufConfig(dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(
        place, gguf_file=name, dtype=torch.bfloat16, quantization_config=whole
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    convert(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
