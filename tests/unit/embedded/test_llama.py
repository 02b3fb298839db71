"""What llama.cpp is told when a model is loaded."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from app.embedded.llama import Llama, LlamaConfig


def test_a_long_prompt_is_read_in_steps_that_hold_up_no_other_reply_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    params = SimpleNamespace(
        model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace(), n_batch=2048
    )
    library = ModuleType("xllamacpp")
    library.__dict__["CommonParams"] = lambda: params
    library.__dict__["Server"] = lambda told: SimpleNamespace(listening_address="http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "xllamacpp", library)
    Llama(LlamaConfig(model=Path("m.gguf"), name="m", window=4096, slots=2))
    assert params.n_batch == 512
    assert params.n_ctx == 8192
