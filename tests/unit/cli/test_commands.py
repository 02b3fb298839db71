"""The commands as a shell sees them: what they print, and how they end."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.serving import COMMAND, VERBATIM, Service, environment, serving
from tests.fakes.ollama import FakeOllama
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm

REPLY = "Here it is.\n\n```python\n# filepath: app/x.py\nprint('x')\n```\n"


def jr(
    folder: Path, *words: str, stdin: str | bytes = "", **settings: object
) -> subprocess.CompletedProcess[str]:
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    run = subprocess.run(
        [*COMMAND, *words],
        input=data,
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(run.args, run.returncode, run.stdout.decode(), run.stderr.decode())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def instruction(tmp_path: Path) -> str:
    (tmp_path / "hello.md").write_text(VERBATIM)
    return str(tmp_path / "hello.md")


def test_check_prints_json_for_programs(tmp_path: Path, instruction: str) -> None:
    run = jr(tmp_path, "check", instruction, "--json")

    assert run.returncode == 0
    assert json.loads(run.stdout)["verdict"] == "complete"
    assert run.stderr == ""


def test_check_reads_standard_input(tmp_path: Path) -> None:
    run = jr(tmp_path, "check", "-", stdin=VERBATIM)

    assert run.returncode == 0
    assert "greet.py" in run.stdout


def test_parse_prints_files_edits_and_problems(tmp_path: Path) -> None:
    run = jr(tmp_path, "parse", "-", "--json", stdin=REPLY)
    parsed = json.loads(run.stdout)

    assert run.returncode == 0
    assert parsed["files"][0]["path"] == "app/x.py"
    assert {"path", "content", "sha256", "matched_by"} <= parsed["files"][0].keys()
    assert (parsed["edits"], parsed["problems"]) == ([], [])


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (("check", "/nope"), b""),
        (("check", "-"), b"\xff"),
        (("check", "-"), b""),
        (("check", "-"), b"a\0b"),
        (("parse", "/nope"), b""),
        (("submit", "/nope"), b""),
        (("nope",), b""),
        (("check",), b""),
        (("submit", "-", "--mode", "fast"), b"x"),
        (("serve", "--host", "0.0.0.0"), b""),
        (("serve", "--port", "70000"), b""),
    ],
)
def test_usage_and_bad_input_end_with_2(tmp_path: Path, words: tuple[str, ...], stdin: bytes) -> None:
    run = jr(tmp_path, *words, stdin=stdin)

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr
    assert "Traceback" not in run.stderr


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    run = jr(tmp_path, "serve", port="many")

    assert run.returncode == 2
    assert "JR_PORT" in run.stderr


@pytest.mark.parametrize("words", [("submit", "-"), ("show", "x"), ("watch", "x")])
def test_no_service_ends_with_3(tmp_path: Path, words: tuple[str, ...]) -> None:
    run = jr(tmp_path, *words, "--url", "http://127.0.0.1:9", stdin=VERBATIM)

    assert run.returncode == 3
    assert "jr serve" in run.stderr


def test_a_port_that_is_taken_ends_with_3(tmp_path: Path, service: Service) -> None:
    run = jr(tmp_path, "serve", "--port", service.url.rpartition(":")[2])

    assert run.returncode == 3
    assert "cannot listen" in run.stderr


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_a_database_that_does_not_answer_ends_with_3(tmp_path: Path, command: str) -> None:
    run = jr(tmp_path, command, database_url="postgresql://jr@127.0.0.1:9/jr")

    assert run.returncode == 3
    assert "the database" in run.stderr
    assert "Traceback" not in run.stderr


def test_submit_wait_shows_the_task_to_its_end(service: Service, instruction: str) -> None:
    run = jr(service.folder, "submit", instruction, "--wait", "--url", service.url)

    assert run.returncode == 0, run.stderr
    assert "completed" in run.stdout
    assert "task.queued" in run.stderr
    listed = service.http.get("/v1/tasks").json()["tasks"][0]
    task = service.task(listed["id"])
    assert task["files_created"][0]["sha256"] in run.stdout


def test_submit_json_gives_the_whole_task(service: Service) -> None:
    run = jr(service.folder, "submit", "-", "--wait", "--json", "--url", service.url, stdin=VERBATIM)
    task = json.loads(run.stdout)

    assert run.returncode == 0
    assert task == service.task(task["id"])


def test_submit_alone_names_the_task(service: Service, instruction: str) -> None:
    run = jr(service.folder, "submit", instruction, "--url", service.url)
    task_id = run.stdout.split()[0]

    assert run.returncode == 0
    assert service.task(task_id)["id"] == task_id


def test_a_failed_task_ends_with_1(service: Service) -> None:
    words = ("submit", "-", "--wait", "--mode", "verbatim", "--url", service.url)
    run = jr(service.folder, *words, stdin="Write `x.py`.")

    assert run.returncode == 1
    assert "instruction_not_executable" in run.stdout


def test_a_refused_body_ends_with_2_and_its_pointer(service: Service, instruction: str) -> None:
    run = jr(service.folder, "submit", instruction, "--workspace", "../up", "--url", service.url)

    assert run.returncode == 2
    assert "/workspace" in run.stderr


def test_show_and_watch_tell_the_same_end(service: Service) -> None:
    task = service.post(VERBATIM)
    shown = jr(service.folder, "show", task["id"], "--url", service.url)
    watched = jr(service.folder, "watch", task["id"], "--url", service.url)
    as_json = jr(service.folder, "show", task["id"], "--json", "--url", service.url)

    assert shown.returncode == watched.returncode == 0
    assert shown.stdout == watched.stdout
    assert json.loads(as_json.stdout) == task


def test_an_unknown_task_ends_with_2(service: Service) -> None:
    assert jr(service.folder, "show", "nope", "--url", service.url).returncode == 2


def test_doctor_says_what_is_there_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    with FakeOllama() as ollama, FakeVllm() as vllm:
        well = jr(tmp_path, "doctor", ollama_url=ollama.url, vllm_url=vllm.base)
    ill = jr(tmp_path, "doctor")

    assert well.returncode == 0, well.stdout + well.stderr
    for part in ("database", "folder", "sandbox", "window 32768"):
        assert part in well.stdout
    assert ill.returncode == 3
    assert "No model server answers" in ill.stdout


def test_calibrate_measures_and_suggests(tmp_path: Path) -> None:
    with FakeOllama() as ollama, FakeVllm(["word " * 100]) as vllm:
        run = jr(tmp_path, "calibrate", ollama_url=ollama.url, vllm_url=vllm.base)

    assert run.returncode == 0, run.stderr
    for setting in ("JR_PM_SLOTS=", "JR_CODER_SLOTS=", "JR_CALL_TIMEOUT_S=", "bytes a token"):
        assert setting in run.stdout


def test_a_service_told_to_end_ends_well(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        task = running.post(VERBATIM)
        assert running.stop() == 0

    with serving(tmp_path) as again:
        assert again.task(task["id"]) == task


def test_a_stream_and_a_long_poll_do_not_hold_up_the_end(tmp_path: Path) -> None:
    slow = FakeOllama([Reply(first_s=60, times=None)])
    with slow as ollama, serving(tmp_path, ollama_url=ollama.url) as running:
        task = running.post("Write `x.py`.", wait=0)
        path = f"/v1/tasks/{task['id']}/events"
        with running.http.stream("GET", path, headers={"Accept": "text/event-stream"}) as stream:
            assert next(stream.iter_lines()).startswith("retry:")
            assert running.stop() == 0


def test_the_commands_find_the_service_by_the_settings_it_is_served_with(
    tmp_path: Path, service: Service, instruction: str
) -> None:
    port = service.url.rpartition(":")[2]

    run = jr(tmp_path, "submit", instruction, "--wait", "--json", host="0.0.0.0", port=port)

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["status"] == "completed"


def test_an_instruction_that_the_service_would_not_take_is_not_checked_either(tmp_path: Path) -> None:
    run = jr(tmp_path, "check", "-", stdin="x" * (1024 * 1024 + 1))

    assert run.returncode == 2
    assert "larger than 1048576 bytes" in run.stderr


def test_settings_that_are_not_utf8_are_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"JR_PM_MODEL=\xff\n")

    run = jr(tmp_path, "doctor")

    assert run.returncode == 2
    assert run.stderr == "jr: the settings in .env are not UTF-8\n"
