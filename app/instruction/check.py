"""The check: what Jr would do with an instruction, before a model is asked and with nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.domain import Block, Deliverable, Ledger, Problem, Verdict, sha256
from app.instruction.ledger import read

BYTES_PER_TOKEN = 3.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A ledger with what its open part will cost: tokens of the prompt, calls of both models."""

    ledger: Ledger
    prompt_tokens: int
    model_calls: int


def check(text: str) -> Check:
    """Reads an instruction and estimates its cost. Pure; raises nothing, whatever the text."""
    ledger = read(text)
    calls = 1 + max(1, len(ledger.open_paths)) if ledger.verdict is Verdict.NEEDS_MODELS else 0
    tokens = -int(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)
    return Check(ledger=ledger, prompt_tokens=tokens, model_calls=calls)


def as_json(check: Check) -> dict[str, Any]:
    """The check as the contract writes it (docs/contract, section Check)."""
    ledger = check.ledger
    return {
        "title": ledger.title,
        "verdict": ledger.verdict.value,
        "deliverables": [_deliverable(deliverable) for deliverable in ledger.deliverables],
        "blocks": [_block(block) for block in ledger.blocks],
        "problems": [_problem(problem) for problem in ledger.problems],
        "estimate": {"prompt_tokens": check.prompt_tokens, "model_calls": check.model_calls},
    }


def _deliverable(deliverable: Deliverable) -> dict[str, Any]:
    source = deliverable.source
    entry: dict[str, Any] = {
        "id": deliverable.id,
        "kind": deliverable.kind.value,
        "path": deliverable.path,
        "content": deliverable.content.value,
        "source": {"start_line": source.start_line, "end_line": source.end_line},
    }
    if deliverable.text is not None:
        data = _encoded(deliverable.text)
        entry |= {"sha256": sha256(data), "bytes": len(data)}
    if deliverable.edit is not None:
        edit = deliverable.edit
        entry |= {
            "format": edit.format,
            "search_sha256": sha256(_encoded(edit.search)),
            "replace_sha256": sha256(_encoded(edit.replace)),
        }
    if deliverable.description:
        entry["description"] = deliverable.description
    return entry


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _block(block: Block) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "start_line": block.span.start_line,
        "end_line": block.span.end_line,
        "lang": block.lang,
        "disposition": block.use.value,
        "path": block.path,
        "deliverable": block.deliverables[0] if block.deliverables else None,
        "reason": block.reason,
    }
    if len(block.deliverables) > 1:
        entry["deliverables"] = list(block.deliverables)
    return entry


def _problem(problem: Problem) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "line": problem.line,
    }
    if problem.suggestion:
        entry["suggestion"] = problem.suggestion
    return entry
