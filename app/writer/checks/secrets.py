"""Secrets: keys and passwords written in clear that the instruction did not hold."""

from __future__ import annotations

import re

from app.domain import Finding
from app.writer.checks.subject import Subject, passed, refused, reported

_NAME = "secrets"
_KEY = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*\n[A-Za-z0-9+/=\s]{64}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}\b|\bglpat-[\w-]{20}\b"
    r"|\bxox[baprs]-[0-9A-Za-z-]{20,}\b|\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}\b|\bsk_live_[0-9A-Za-z]{24,}\b"
    r"|\bAIza[0-9A-Za-z_-]{35}\b|\bhf_[A-Za-z]{34}\b"
)
_ASSIGNED = re.compile(
    r"\b[\w.]{0,40}(?:password|passwd|secret|api_?key|access_?token|auth_?token|private_?key)[\w]{0,20}"
    r"[\"']?\s{0,3}[:=]\s{0,3}[\"']([^\"'\s<>{}$%]{8,80})[\"']",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"EXAMPLE|xxxx|(.)\1{7}")
_HARMLESS = re.compile(
    r"example|changeme|change[-_]?me|placeholder|dummy|fake|test|sample|your|xxx|\*\*\*|\.\.\.|secret|password|"
    r"redacted|none|null|"
    r"env|default|(.)\1{5}|token|key",
    re.IGNORECASE,
)


_KINDS = ((_KEY, _SHOWN, refused, "a secret key"), (_ASSIGNED, _HARMLESS, reported, "a password or token"))


def secrets(subject: Subject) -> Finding:
    """Refuses what has the form of a real key; reports a password or token given a literal value."""
    for pattern, harmless, answer, what in _KINDS:
        for match in pattern.finditer(subject.after):
            said = match[match.lastindex or 0]
            if said in subject.instruction or said in (subject.before or "") or harmless.search(said):
                continue
            line = subject.after.count("\n", 0, match.start()) + 1
            detail = f"line {line} of {subject.name} holds {what} in clear. Read it from the environment."
            return answer(_NAME, "secret", detail, line)
    return passed(_NAME)
