"""The plan's schema: what a planning model may answer, and the model that validates it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.domain import Action, JsonObject

MAX_STEPS = 64
Path = Annotated[str, Field(min_length=1, max_length=1024)]


class StepReply(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    step_number: int = Field(ge=1)
    action: Action
    target: Path
    description: str = ""
    code_needed: bool = True
    depends_on: tuple[int, ...] = ()


class PlanReply(BaseModel):
    """A plan as a model answers it; unknown fields are dropped, missing lists are empty."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: str = ""
    summary: str = ""
    steps: tuple[StepReply, ...] = Field(max_length=MAX_STEPS)
    files_to_create: tuple[Path, ...] = ()
    files_to_modify: tuple[Path, ...] = ()


def wire_schema(open_paths: Sequence[str]) -> JsonObject:
    """The JSON schema for a planning call, in the subset every server enforces.

    With open paths, targets are an enum of them and commands are left out; with none, targets are free.
    """
    target = _enum(open_paths) if open_paths else {"type": "string", "maxLength": 200}
    actions = [Action.CREATE_FILE, Action.EDIT_FILE] if open_paths else list(Action)
    most = len(open_paths) + 2 if open_paths else 16
    step = _object(
        step_number={"type": "integer", "minimum": 1, "maximum": MAX_STEPS},
        action=_enum(actions),
        target=target,
        description={"type": "string", "maxLength": 400},
        code_needed={"type": "boolean"},
        depends_on=_array({"type": "integer", "minimum": 1, "maximum": MAX_STEPS}, 8),
    )
    return _object(
        title={"type": "string", "maxLength": 120},
        summary={"type": "string", "maxLength": 400},
        steps=_array(step, min(most, MAX_STEPS)),
        files_to_create=_array(target, min(most, MAX_STEPS)),
        files_to_modify=_array(target, min(most, MAX_STEPS)),
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: JsonObject, most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}


def _enum(values: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [str(value) for value in values]}
