"""The planning prompt: constant system text, the whole instruction, then what is owed, then the finding."""

from __future__ import annotations

import json

from app.domain import Ledger

SYSTEM = (
    "You are a project manager. You read an instruction and plan which files have to be written, in which "
    "order. You do not write code. You answer with one JSON object and nothing else."
)

_EXAMPLE = {
    "title": "Greeting module",
    "summary": "A greeting function and its test.",
    "steps": [
        {
            "step_number": 1,
            "action": "create_file",
            "target": "src/greet.py",
            "description": "Module with greet(name) that returns a greeting.",
            "code_needed": True,
            "depends_on": [],
        },
        {
            "step_number": 2,
            "action": "create_file",
            "target": "tests/test_greet.py",
            "description": "Test for greet.",
            "code_needed": True,
            "depends_on": [1],
        },
    ],
    "files_to_create": ["src/greet.py", "tests/test_greet.py"],
    "files_to_modify": [],
}

_FORM = (
    "Plan the files of an instruction as JSON. Each step writes one file: action create_file for a new file, "
    "edit_file for one that exists already, run_command for a command. depends_on lists the numbers of the "
    "steps whose files this one needs.\n\n"
    "Example instruction: Create `src/greet.py` with greet(name), and a test in `tests/test_greet.py`.\n"
    f"Example plan: {json.dumps(_EXAMPLE, separators=(',', ':'))}\n\n"
)


def planning_prompt(instruction: str, ledger: Ledger, finding: str | None = None) -> str:
    """The user part of a planning call; a repair turn appends the finding to the very same text."""
    parts = [_FORM, "Instruction:\n", instruction, "" if instruction.endswith("\n") else "\n", "\n"]
    if ledger.open_paths:
        parts.append("The files to plan, one step each:\n")
        parts.extend(f"- {path}\n" for path in ledger.open_paths)
    if finding:
        parts.append(f"\nYour last plan was not accepted: {finding}\nAnswer with a corrected plan.\n")
    parts.append("\nPlan:")
    return "".join(parts)
