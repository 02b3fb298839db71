"""The contract of what a task made: artifacts, files, diff, archive, and putting it all back."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.serving import Service


@pytest.fixture(scope="module")
def made(service: Service) -> dict[str, Any]:
    """A task with an absolute and a relative file of the same text, and one in a folder."""
    absolute = f"{service.folder}/outside/abs.txt"
    blocks = "".join(
        f"Create `{path}`:\n\n```text\n{text}\n```\n\n"
        for path, text in (
            (absolute, "the absolute one"),
            ("abs.txt", "the relative one"),
            ("a dir/ü.txt", "é"),
        )
    )
    task = service.post(f"# Files\n\n{blocks}", workspace="results")
    assert task["status"] == "completed", task["error"]
    return {**task, "absolute": absolute}


def test_absolute_and_relative_files_stay_apart(service: Service, made: dict[str, Any]) -> None:
    assert service.file(made["id"], made["absolute"]).content == b"the absolute one\n"
    assert service.file(made["id"], "abs.txt").content == b"the relative one\n"
    assert service.file(made["id"], "a dir/ü.txt").text == "é\n"
    assert service.http.get(f"/v1/tasks/{made['id']}/files/a dir/ü.txt").text == "é\n"
    assert service.file(made["id"], "a").status_code == 404


@pytest.mark.parametrize(
    "path", ["..%2F..%2Fjr.db", "%2Fetc%2Fpasswd", "%00", "abs.txt%00", "%FF", ".%2E/x", "%252Fetc"]
)
def test_no_path_leads_to_a_file_the_task_did_not_write(
    service: Service, made: dict[str, Any], path: str
) -> None:
    answer = service.http.get(f"{service.url}/v1/tasks/{made['id']}/files/{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_bytes_carry_their_hash_and_are_never_run(service: Service, made: dict[str, Any]) -> None:
    answer = service.file(made["id"], "abs.txt")
    digest = hashlib.sha256(answer.content)

    assert answer.headers["ETag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="abs.txt"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert service.file(made["id"], "abs.txt", **{"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("wanted", "content", "place"),
    [
        ("bytes=0-2", b"the", "bytes 0-2/17"),
        ("bytes=4-", b"relative one\n", "bytes 4-16/17"),
        ("bytes=-4", b"one\n", "bytes 13-16/17"),
        ("BYTES=-999", b"the relative one\n", "bytes 0-16/17"),
        ("bytes=0-999", b"the relative one\n", "bytes 0-16/17"),
        ("bytes=0-1,3-4", b"the relative one\n", None),
        ("bytes=5-2", b"the relative one\n", None),
        ("lines=1-2", b"the relative one\n", None),
        ("bytes=-", b"the relative one\n", None),
        ("bytes=a-b", b"the relative one\n", None),
        ("bytes", b"the relative one\n", None),
    ],
)
def test_a_range_of_the_bytes(
    service: Service, made: dict[str, Any], wanted: str, content: bytes, place: str | None
) -> None:
    answer = service.file(made["id"], "abs.txt", Range=wanted)

    assert answer.status_code == (206 if place else 200)
    assert answer.headers.get("Content-Range") == place
    assert answer.content == content


@pytest.mark.parametrize("wanted", ["bytes=17-", "bytes=-0", "bytes=99-100"])
def test_a_range_outside_the_bytes_is_refused_with_their_number(
    service: Service, made: dict[str, Any], wanted: str
) -> None:
    answer = service.file(made["id"], "abs.txt", Range=wanted)

    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */17")


def test_the_head_of_a_file_is_that_of_the_whole(service: Service, made: dict[str, Any]) -> None:
    url = f"/v1/tasks/{made['id']}/files/abs.txt"
    whole = service.http.get(url)
    head = service.http.head(url, headers={"Range": "bytes=0-2"})

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == "17"
    assert "Content-Range" not in head.headers
    assert {name: head.headers[name] for name in ("ETag", "Accept-Ranges", "Content-Type")} == {
        name: whole.headers[name] for name in ("ETag", "Accept-Ranges", "Content-Type")
    }


def test_a_range_of_what_has_changed_is_the_whole(service: Service, made: dict[str, Any]) -> None:
    etag = service.file(made["id"], "abs.txt").headers["ETag"]

    assert service.file(made["id"], "abs.txt", Range="bytes=0-0", **{"If-Range": etag}).status_code == 206
    for other in ('"x"', f"W/{etag}", etag.strip('"'), "Sun, 06 Nov 1994 08:49:37 GMT"):
        answer = service.file(made["id"], "abs.txt", Range="bytes=0-0", **{"If-Range": other})
        assert (answer.status_code, answer.content) == (200, b"the relative one\n"), other


def test_every_artifact_can_be_fetched_and_is_what_it_says(service: Service, made: dict[str, Any]) -> None:
    listed = service.http.get(f"/v1/tasks/{made['id']}/artifacts").json()["artifacts"]

    assert listed == made["artifacts"]
    for artifact in listed:
        answer = service.http.get(f"/v1/tasks/{made['id']}/artifacts/{artifact['id']}")
        assert hashlib.sha256(answer.content).hexdigest() == artifact["sha256"]
        assert len(answer.content) == artifact["size"]
    assert service.http.get(f"/v1/tasks/{made['id']}/artifacts/nope").status_code == 404


def test_an_artifact_of_another_task_is_not_this_ones(service: Service, made: dict[str, Any]) -> None:
    other = service.post("Create `o.txt`:\n\n```text\nother\n```\n")
    artifact = other["artifacts"][0]["id"]

    assert service.http.get(f"/v1/tasks/{made['id']}/artifacts/{artifact}").status_code == 404


def test_the_diff_tells_the_whole_change_set(service: Service, made: dict[str, Any]) -> None:
    answer = service.http.get(f"/v1/tasks/{made['id']}/diff")

    assert answer.headers["Content-Type"].startswith("text/x-diff")
    assert "+the relative one" in answer.text
    assert "+the absolute one" in answer.text


def test_the_archive_holds_the_files_and_equal_contents_give_equal_bytes(
    service: Service, made: dict[str, Any]
) -> None:
    path = f"/v1/tasks/{made['id']}/archive"
    first, second = service.http.get(path), service.http.get(path)
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        contents = {archive.read(name) for name in archive.namelist()}
        names = archive.namelist()

    assert first.content == second.content
    assert first.headers["Content-Type"] == "application/zip"
    assert contents == {b"the absolute one\n", b"the relative one\n", "é\n".encode()}
    assert not [name for name in names if name.startswith("/") or ".." in name]


def test_a_revert_puts_every_file_back(service: Service) -> None:
    folder = service.folder / "workspace/reverted"
    service.post("Create `a.txt`:\n\n```text\nbefore\n```\n", workspace="reverted")
    task = service.post(
        "Create `a.txt`:\n\n```text\nafter\n```\n\nCreate `b.txt`:\n\n```text\nnew\n```\n",
        workspace="reverted",
    )
    assert (folder / "a.txt").read_text() == "after\n"
    answer = service.http.post(f"/v1/tasks/{task['id']}/revert")

    assert answer.status_code == 200
    assert (folder / "a.txt").read_text() == "before\n"
    assert not (folder / "b.txt").exists()


def test_a_revert_is_refused_where_a_file_has_changed_since(service: Service) -> None:
    task = service.post("Create `a.txt`:\n\n```text\nmine\n```\n", workspace="changed")
    file = service.folder / "workspace/changed/a.txt"
    file.write_text("yours\n")
    answer = service.http.post(f"/v1/tasks/{task['id']}/revert")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["paths"] == ["a.txt"]
    assert file.read_text() == "yours\n"


def test_a_revert_asks_nothing_of_a_file_that_was_there_already(service: Service) -> None:
    folder = service.folder / "workspace/unchanged"
    folder.mkdir()
    (folder / "there.txt").write_text("the same\n")
    task = service.post(
        "Create `there.txt`:\n\n```text\nthe same\n```\n\nCreate `new.txt`:\n\n```text\nnew\n```\n",
        workspace="unchanged",
    )
    (folder / "there.txt").write_text("a person's\n")
    answer = service.http.post(f"/v1/tasks/{task['id']}/revert")

    assert [d["disposition"] for d in task["deliverables"]] == ["unchanged", "written"]
    assert answer.status_code == 200
    assert sorted(path.name for path in folder.iterdir()) == ["there.txt"]
    assert (folder / "there.txt").read_text() == "a person's\n"


def test_of_tasks_on_one_file_at_once_each_is_whole_or_a_conflict(service: Service) -> None:
    def write(number: int) -> dict[str, Any]:
        blocks = "".join(
            f"Create `{path}`:\n\n```text\nby {number}\n```\n\n"
            for path in ("shared.txt", f"own{number}.txt")
        )
        return service.post(f"# One of several\n\n{blocks}", workspace="contended")

    with ThreadPoolExecutor(6) as threads:
        tasks = list(threads.map(write, range(6)))
    folder = service.folder / "workspace/contended"
    completed = [number for number, task in enumerate(tasks) if task["status"] == "completed"]

    assert {(task["error"] or {}).get("code") for task in tasks} <= {None, "conflict"}
    assert (folder / "shared.txt").read_text() in {f"by {number}\n" for number in completed}
    assert {p.name for p in folder.iterdir()} == {"shared.txt", *(f"own{n}.txt" for n in completed)}
