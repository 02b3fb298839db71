"""When the rung may run, and how an answer becomes a reply."""

from __future__ import annotations

import pytest

from app.coder.reply import parse
from app.rlm.limits import RlmFailed, RlmLimits, RlmUnavailable
from app.rlm.line import Answer
from app.rlm.prompt import question
from app.rlm.runner import RlmRunner, reply_text, unavailable
from tests.integration.rlm.scripted_model import uncounted
from tests.unit.rlm.scripted import never_asked, never_started

FILES = {
    "a.py": "print(1)\n",
    "b.json": '{"a": 1}\n',
    "README.md": "# T\n\n```python\nx\n```\n\n````\nq\n````\n",
    "site/index.html": "<!doctype html>\n<p>hi</p>\n",
    "style.css": "a { b: c }\n",
    "run.sh": "#!/bin/sh\necho hi\n",
    "Makefile": "all:\n\techo\n",
    "/tmp/final_test.py": "x = 'last line without its end'",
}


def test_off_is_off():
    found = unavailable("off", caged=True)
    assert found is not None
    assert found.code == "rlm_unavailable"


def test_without_walls_it_runs_only_when_told_that_this_is_unsafe():
    refused = unavailable("auto", caged=False, reason="Install bubblewrap.")
    assert refused is not None
    assert "Install bubblewrap." in refused.detail
    assert unavailable("unsafe", caged=False) is None
    assert unavailable("auto", caged=True) is None


def test_without_the_package_it_is_unavailable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found = unavailable("unsafe", caged=True)
    assert found is not None
    assert "rlms" in found.detail


async def test_a_refused_runner_starts_nothing():
    refusal = RlmUnavailable("rlm_unavailable", "no walls")
    runner = RlmRunner(task_id="t", ask=never_asked, start=never_started, refusal=refusal)
    with pytest.raises(RlmUnavailable, match="no walls"):
        await runner("instruction", (), "rlm", uncounted)


def test_more_than_eight_iterations_are_refused():
    with pytest.raises(ValueError, match="iterations"):
        RlmLimits(iterations=9)


def test_saved_files_reach_the_parser_byte_for_byte():
    reply = parse(reply_text(Answer(answer="", files=FILES), ()), paths=tuple(FILES))
    found = {file.path: file.content for file in reply.files}
    assert found == {path: text if text.endswith("\n") else text + "\n" for path, text in FILES.items()}


def test_a_final_text_counts_where_files_are_still_missing():
    answer = Answer(answer="```python\n# filepath: b.py\nb = 1\n```", files={"a.py": "a = 1\n"})
    both = parse(reply_text(answer, ("a.py", "b.py")), paths=("a.py", "b.py"))
    assert {file.path for file in both.files} == {"a.py", "b.py"}
    assert "b.py" not in reply_text(answer, ("a.py",))


def test_files_that_nobody_wanted_do_not_crowd_out_the_one_that_was():
    files = {f"other-{n}.py": f"n = {n}\n" for n in range(20_000)} | {"a.py": "a = 1\n"}
    text = reply_text(Answer(answer="", files=files), ("a.py",))
    assert text == "```\n# filepath: a.py\na = 1\n```\n"


def test_code_for_the_repl_is_no_file():
    answer = Answer(answer="I look first.\n```repl\nprint(context[:100])\n```\n", files={})
    assert reply_text(answer, ("a.py",)) == "I look first.\n"
    assert reply_text(Answer(answer="see\n```repl\nprint(", files={}), ()) == "see\n"


def test_nothing_at_all_is_a_failure():
    with pytest.raises(RlmFailed) as failed:
        reply_text(Answer(answer="```repl\nx\n```", files={}), ())
    assert failed.value.code == "rlm_empty"


def test_a_path_of_several_lines_stays_in_its_line():
    text = reply_text(Answer(answer="", files={"a.py\n```\nevil": "x\n"}), ())
    assert text.splitlines()[1] == "# filepath: a.py ``` evil"


def test_the_question_names_the_paths_still_owed():
    assert "- src/a.py\n- b.md" in question(("src/a.py", "b.md"))
    assert "exactly these paths" not in question(())
