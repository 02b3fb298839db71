"""Stubs: functions left empty that the instruction did not ask to be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from app.domain import Finding
from app.writer.checks.python import UNPARSABLE, parsed
from app.writer.checks.subject import Subject, passed, refused, reported

_NAME = "stubs"
_ASKED = re.compile(
    r"\b(?:stubs?|skeletons?|scaffold\w*|placeholders?|todos?|boilerplate|abstract|interface|protocol|no-?op|"
    r"not implemented|NotImplemented\w*|unimplemented|empty (?:function|method|body|class)|does nothing|"
    r"do nothing|pass)\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"#|//|/\*|--|<!--")
_TO_DO = re.compile(
    r"\s{0,3}(?:"
    r"(?:TODO|FIXME)(?:\(\w+\))?[:\s(-]*(?:please |you(?:'ll)? (?:need|have) to )?"
    r"(?:implement\b|add (?:your |the )?(?:\w+ )?(?:code|logic|implementation)\b|fill (?:this |me )?in\b|"
    r"complete this\b)"
    r"|(?:please )?implement (?:this|me|your (?:\w+ )?(?:code|logic)|the (?:\w+ ){0,3}logic) ?here\b"
    r"|(?:add |put |write |insert )?your (?:\w+ )?(?:code|logic|implementation) (?:goes )?here\b"
    r"|placeholder (?:for (?:the |actual |real )*)?(?:implementation|function|method|logic|code)\b"
    r"|fill (?:this|me) in\b|stub implementation\b)",
    re.IGNORECASE,
)
_THROWN = re.compile(
    r"\bthrow new (?:\w*Error|\w*Exception)\(\s*[\"'`](?:TODO|(?:method )?not (?:yet )?implemented)"
    r"|\b(?:todo|unimplemented)!\(|\bpanic\(\"(?:TODO|not implemented|implement me)",
    re.IGNORECASE,
)
_FREE = frozenset(("abstractmethod", "overload", "abstractproperty", "override"))
_OPEN_BASES = frozenset(("Protocol", "ABC", "ABCMeta", "Interface", "NamedTuple", "TypedDict", "Exception"))

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def stubs(subject: Subject) -> Finding:
    """Refuses functions that wait to be written; reports them where the instruction speaks of such."""
    found = _python(subject) if subject.suffix == "py" else _other(subject)
    if found is None:
        return passed(_NAME)
    detail, line = found
    answer = reported if _ASKED.search(subject.instruction) else refused
    return answer(_NAME, "stub", detail, line)


def _other(subject: Subject) -> tuple[str, int] | None:
    if subject.is_prose:
        return None
    for number, line in enumerate(subject.lines, 1):
        if (_waits(line) or _THROWN.search(line)) and not subject.knows(line):
            return (
                f"line {number} of {subject.name} waits to be written: `{line.strip()[:120]}`. Write it.",
                number,
            )
    return None


def _waits(line: str) -> bool:
    """True for a line whose comment says that something is still to be written."""
    comment = _COMMENT.search(line)
    return bool(comment and _TO_DO.match(line, comment.end()))


def _python(subject: Subject) -> tuple[str, int] | None:
    tree = _tree(subject.after)
    if tree is None:
        return None
    old = _tree(subject.before or "")
    known = {stub.name for stub in _stubs(old)}
    functions = [node for node in ast.walk(tree) if isinstance(node, _Function)]
    empty = [stub for stub in _stubs(tree) if stub.name not in known]
    marked = [
        stub for stub in empty if _says_so(stub, subject.lines) or (stub in tree.body and _raises(stub))
    ]
    if marked or (empty and len(empty) == len(functions) and subject.before is None):
        first = (marked or empty)[0]
        detail = f"function `{first.name}` at line {first.lineno} of {subject.name} is empty. Write its body."
        return detail, first.lineno
    gap = next(_gaps(tree), None)
    if gap is None or next(_gaps(old), None):
        return None
    return f"the `...` at line {gap} of {subject.name} stands for code left out. Write that code.", gap


def _gaps(tree: ast.Module | None) -> Iterator[int]:
    """Lines of a `...` among the statements of a module or function."""
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Module | _Function) and len(_without_docstring(node.body)) > 1:
            yield from (statement.lineno for statement in node.body if _is_ellipsis(statement))


def _tree(text: str) -> ast.Module | None:
    try:
        return parsed(text)
    except UNPARSABLE:
        return None


def _stubs(tree: ast.Module | None) -> Iterator[_Function]:
    """Functions without a body of their own, except where the language asks for such."""
    pending: list[ast.AST] = [tree] if tree else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.ClassDef) and any(_name(base) in _OPEN_BASES for base in node.bases):
            continue
        if isinstance(node, _Function) and _is_empty(node):
            yield node
        pending.extend(reversed(list(ast.iter_child_nodes(node))))


def _is_empty(function: _Function) -> bool:
    if any(_name(decorator) in _FREE for decorator in function.decorator_list):
        return False
    return all(_does_nothing(statement) for statement in _without_docstring(function.body))


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    value = body[0].value if body and isinstance(body[0], ast.Expr) else None
    return body[1:] if isinstance(value, ast.Constant) and isinstance(value.value, str) else body


def _does_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or _is_ellipsis(statement) or _is_unwritten(statement)


def _is_ellipsis(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and value.value is ...


def _is_unwritten(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Raise) and _name(statement.exc) == "NotImplementedError"


def _raises(function: _Function) -> bool:
    return any(_is_unwritten(statement) for statement in function.body)


def _name(node: ast.AST | None) -> str:
    if isinstance(node, ast.Call):
        return _name(node.func)
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _says_so(function: _Function, lines: list[str]) -> bool:
    own = lines[function.lineno - 1 : function.end_lineno or function.lineno]
    return any(_waits(line) or "TODO" in line for line in own)
