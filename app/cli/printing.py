"""A task on the terminal: its plan, its files with their hashes, what went wrong."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.domain import JsonObject

_COLOURS = {"completed": "green", "failed": "red", "cancelled": "yellow", "awaiting_approval": "yellow"}


def as_json(value: Any) -> str:
    """JSON for programs: one value, whatever the terminal."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def print_task(console: Console, task: JsonObject) -> None:
    """What a person wants to know of a task, most important first."""
    colour = _COLOURS.get(task["status"], "blue")
    console.print(f"[b]{escape(task['title'] or task['id'])}[/b]  [{colour}]{task['status']}[/{colour}]")
    console.print(f"id {task['id']}, workspace {escape(task['workspace'])}, attempt {task['attempt']}")
    if task["execution_mode"]:
        planner = task["planned_by"]
        by = f", planned by {escape(planner['model'])} ({planner['backend']})" if planner else ""
        console.print(f"done by {task['execution_mode']}{by}")
    for fallback in task["fallbacks"]:
        route = f"{fallback['from']} → {fallback['to']}"
        console.print(f"[yellow]{route}[/yellow] {fallback['code']}: {escape(fallback['detail'])}")
    _print_plan(console, task["plan"])
    _print_files(console, task)
    if task["summary"]:
        console.print(escape(task["summary"]))
    if task["error"]:
        error = task["error"]
        console.print(f"[red]{error['code']}[/red]: {escape(error['detail'])}")
        if error["hint"]:
            console.print(escape(error["hint"]))


def _print_plan(console: Console, plan: JsonObject | None) -> None:
    if plan is None:
        return
    table = Table("#", "action", "target", "what for", title="Plan", title_justify="left")
    for step in plan["steps"]:
        cells = (str(step["step_number"]), step["action"], step["target"], step["description"])
        table.add_row(*map(escape, cells))
    console.print(table)


def _print_files(console: Console, task: JsonObject) -> None:
    if not task["files_created"]:
        return
    table = Table("file", "action", "bytes", "sha256", title="Files", title_justify="left")
    table.columns[3].overflow = "fold"
    for file in task["files_created"]:
        table.add_row(escape(file["path"]), file["action"], str(file["size"]), file["sha256"])
    console.print(table)


def print_check(console: Console, check: JsonObject) -> None:
    """How an instruction is understood."""
    console.print(f"[b]{escape(check['title'])}[/b]  {check['verdict']}")
    table = Table("id", "kind", "path", "content", "lines", title="Deliverables", title_justify="left")
    for owed in check["deliverables"]:
        lines = f"{owed['source']['start_line']}-{owed['source']['end_line']}"
        cells = (owed["id"], owed["kind"], owed.get("path") or "", owed["content"], lines)
        table.add_row(*map(escape, cells))
    console.print(table)
    for block in check["blocks"]:
        reason = f"{block['disposition']}: {block['reason']}"
        console.print(f"lines {block['start_line']}-{block['end_line']}  {escape(reason)}")
    for problem in check["problems"]:
        place = f"line {problem['line']}: " if problem["line"] else ""
        colour = "red" if problem["severity"] == "error" else "yellow"
        console.print(f"[{colour}]{problem['code']}[/{colour}] {place}{escape(problem['message'])}")
    estimate = check["estimate"]
    console.print(f"about {estimate['prompt_tokens']} prompt tokens, {estimate['model_calls']} model calls")


def print_reply(console: Console, reply: JsonObject) -> None:
    """What files and edits a model reply holds."""
    for file in reply["files"]:
        path = file["path"] or "(no path)"
        console.print(
            f"[b]{escape(path)}[/b]  {len(file['content'].encode())} bytes, by {file['matched_by']}"
        )
    for edit in reply["edits"]:
        console.print(
            f"[b]{escape(edit['path'] or '(no path)')}[/b]  edit of {len(edit['search'])} characters"
        )
    for problem in reply["problems"]:
        console.print(
            f"[yellow]{problem['code']}[/yellow] line {problem['line']}: {escape(problem['message'])}"
        )
