"""Where the weights are looked for, in which order, and that nothing unproved is ever used."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from app.embedded import weights
from app.embedded.errors import WeightsError
from app.embedded.weights import Model, find_from

BYTES = b"weights " * 1000
MODEL = Model(file="m.gguf", size=len(BYTES), sha256=hashlib.sha256(BYTES).hexdigest(), url="")


def silent(what, done, total):
    """Tells nobody."""


class Gives:
    """A source that has these bytes, and counts how often it was asked."""

    def __init__(self, data):
        self.data, self.calls = data, 0

    def __call__(self, model, target, progress):
        self.calls += 1
        target.write_bytes(self.data)


def fails(model, target, progress):
    raise WeightsError("this source is shut")


def test_a_named_file_wins_and_nothing_is_fetched(tmp_path):
    named = tmp_path / "mine.gguf"
    named.write_bytes(BYTES)
    source = Gives(BYTES)
    assert find_from(named, tmp_path / "cache", silent, MODEL, (source,)) == named
    assert source.calls == 0


def test_a_named_file_with_other_bytes_is_refused_and_kept(tmp_path):
    named = tmp_path / "mine.gguf"
    named.write_bytes(b"something else")
    with pytest.raises(WeightsError, match=MODEL.sha256):
        find_from(named, tmp_path / "cache", silent, MODEL, ())
    assert named.exists()


def test_a_named_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(WeightsError, match="no such file"):
        find_from(tmp_path / "none.gguf", tmp_path / "cache", silent, MODEL, ())


def test_what_was_fetched_once_is_found_in_the_cache(tmp_path):
    source = Gives(BYTES)
    first = find_from(None, tmp_path / "cache", silent, MODEL, (source,))
    assert find_from(None, tmp_path / "cache", silent, MODEL, (source,)) == first
    assert source.calls == 1


def test_the_next_source_is_tried_when_one_fails(tmp_path):
    found = find_from(None, tmp_path, silent, MODEL, (fails, Gives(b"forged"), Gives(BYTES)))
    assert found.read_bytes() == BYTES


def test_forged_bytes_leave_nothing_behind_that_a_later_run_could_take(tmp_path):
    with pytest.raises(WeightsError, match=r"this source is shut(.|\n)*SHA-256"):
        find_from(None, tmp_path, silent, MODEL, (fails, Gives(b"forged")))
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_damaged_cache_is_an_error_that_says_what_to_do(tmp_path):
    (tmp_path / MODEL.file).write_bytes(BYTES[:-1])
    with pytest.raises(WeightsError, match="Delete the file"):
        find_from(None, tmp_path, silent, MODEL, ())


def test_a_source_that_breaks_off_never_counts(tmp_path):
    def breaks(model, target, progress):
        target.write_bytes(BYTES[:100])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_from(None, tmp_path, silent, MODEL, (breaks,))
    assert not (tmp_path / MODEL.file).exists()


def test_of_two_runs_at_once_one_fetches_and_the_other_finds(tmp_path):
    source = Gives(BYTES)
    threads = [
        threading.Thread(target=find_from, args=(None, tmp_path, silent, MODEL, (source,))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.calls == 1


def test_progress_ends_at_the_whole_size(tmp_path):
    told = []
    named = tmp_path / "mine.gguf"
    named.write_bytes(BYTES)
    find_from(named, tmp_path, lambda *words: told.append(words), MODEL, ())
    assert told[-1] == ("verify the weights", len(BYTES), len(BYTES))


def test_the_cache_follows_the_xdg_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert weights.default_cache() == tmp_path / "jr" / "models"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert weights.default_cache() == Path.home() / ".cache" / "jr" / "models"
