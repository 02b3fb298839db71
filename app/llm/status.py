"""What `GET /v1/backends` and `jr doctor` show of a model server, and the advice to its operator."""

from __future__ import annotations

from dataclasses import dataclass

from app.llm.call import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendStatus:
    """One server in one role, as it stands.

    `served` is None while nobody could say; `context_window` is in tokens; `breaker` is "closed", "open"
    or "half_open"; `advice` holds the sentences that tell an operator what to change, most urgent first.
    """

    role: Role
    url: str
    dialect: str
    model: str
    reachable: bool
    version: str | None
    models: tuple[str, ...]
    served: bool | None
    context_window: int | None
    slots_in_use: int
    slots: int
    waiting: int
    breaker: str
    advice: tuple[str, ...] = ()
