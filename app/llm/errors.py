"""Every way a model call can fail: one closed tree, and what each failure allows.

    LlmError
    ├── ServerFailed                    retry  other  rung  breaker   what happened
    │   ├── BackendUnavailable            1     yes    yes    yes      refused, reset, 5xx
    │   ├── BackendOverloaded             5     yes    yes    -        429, 503, our own queue is full
    │   └── CircuitOpen                   -     yes    yes    -        known to be down, not asked
    ├── TookTooLong
    │   ├── FirstTokenTimeout             -     yes    yes    yes      nothing came
    │   ├── StallTimeout                  -     yes    yes    yes      it stopped coming
    │   └── DeadlineExceeded              -     -      yes    -        the caller's time is over
    ├── BadReply
    │   ├── StreamInterrupted             -     yes    yes    yes      the end is missing
    │   ├── MalformedResponse             1     yes    yes    yes      not what the dialect says
    │   ├── GenerationAborted             1     yes    yes    3rd      the server gave up by itself
    │   ├── Repetition                    1     -      yes    -        the model runs in circles
    │   ├── OutputInvalid                 -     -      yes    -        whole, and of no use
    │   └── PromptTruncated               -     -      yes    -        answered a part of the prompt
    └── Refused
        ├── ContextOverflow               -     -      yes    -        longer than the window
        ├── ModelNotFound                 -     yes    yes    -        the server has no such model
        ├── AuthError                     -     -      yes    -        401, 403
        ├── ConfigError                   -     -      yes    -        not the server we were told of
        └── InvalidRequest                -     -      yes    -        a request we should not have sent
            └── SchemaUnsupported         -     -      yes    -        the schema, to be exact

`retry` counts immediate tries at the same server, `other` allows another server of the role, `rung` lets the
caller turn to its next planner or rung, `breaker` counts against the server. Cancellation is no error and
passes through.
"""

from __future__ import annotations

from typing import ClassVar

from app.task import ErrorCode


class LlmError(Exception):
    """A model call failed. `detail` is a sentence for a person, `server` the base URL it was sent to.

    `retryable` says whether the same call may succeed later; `retries` how often the client itself tries
    the same server again at once; `task_code` is the task error it becomes when no rung is left, with `hint`
    as what a person can do then, where there is more to say than for every error of that code.
    """

    code: ClassVar[str] = "llm_error"
    task_code: ClassVar[ErrorCode] = ErrorCode.BACKEND_UNAVAILABLE
    retries: ClassVar[int] = 0
    retryable: ClassVar[bool] = False
    other_server: ClassVar[bool] = False
    next_rung: ClassVar[bool] = True
    breaker: ClassVar[bool] = False
    hint = ""

    def __init__(self, detail: str, *, server: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.server = server
        self.attempts = 1

    def __str__(self) -> str:
        return f"{self.detail} ({self.server})" if self.server else self.detail


class ServerFailed(LlmError):
    """The server did not do its part."""

    retryable = True
    other_server = True


class BackendUnavailable(ServerFailed):
    """No connection, a reset, or a 5xx without a better name.

    `unconnected` tells that no connection came about, `refused` that nothing listens at all, `unanswered`
    that the connection broke before a byte of the reply came, `stale` that it was a kept one, which a
    server may close at any time.
    """

    code = "backend_unavailable"
    retries = 1
    breaker = True

    def __init__(
        self,
        detail: str,
        *,
        server: str = "",
        unconnected: bool = False,
        refused: bool = False,
        unanswered: bool = False,
        stale: bool = False,
    ) -> None:
        super().__init__(detail, server=server)
        self.unconnected = unconnected or refused
        self.hint = "" if self.unconnected else "See the log of the model server; then retry."
        self.refused = refused
        self.unanswered = unanswered
        self.stale = stale


class BackendOverloaded(ServerFailed):
    """The server takes no more for now, or the queue in front of it, which is `ours`."""

    code = "backend_overloaded"
    hint = "Retry later; if it stays so, give the server more room or Jr fewer slots (JR_CODER_SLOTS)."
    retries = 5

    def __init__(
        self, detail: str, *, server: str = "", retry_after_s: float | None = None, ours: bool = False
    ) -> None:
        super().__init__(detail, server=server)
        self.retry_after_s = retry_after_s
        self.ours = ours


class CircuitOpen(ServerFailed):
    """The server failed so often of late that it was not asked."""

    code = "circuit_open"
    hint = "Mend the server if it is down; Jr asks it again by itself after that time. Then retry."

    def __init__(self, detail: str, *, server: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(detail, server=server)
        self.retry_after_s = retry_after_s


class TookTooLong(LlmError):
    """One of the three clocks ran out."""

    hint = "The server may hang although it says it is healthy: see its log, restart it, then retry."
    retryable = True


class FirstTokenTimeout(TookTooLong):
    code = "first_token_timeout"
    other_server = True
    breaker = True


class StallTimeout(TookTooLong):
    code = "stall_timeout"
    hint = (
        "The server hangs or is too slow: see its log, then retry; JR_CALL_TIMEOUT_S sets the pace asked for."
    )
    other_server = True
    breaker = True


class DeadlineExceeded(TookTooLong):
    code = "deadline_exceeded"
    hint = "Ask for less at once, or raise JR_CALL_TIMEOUT_S; `jr calibrate` measures what the server needs."


class BadReply(LlmError):
    """Something came that is not an answer."""

    hint = "See the log of the model server, and of a proxy before it; then retry."
    retryable = True


class StreamInterrupted(BadReply):
    code = "stream_interrupted"
    other_server = True
    breaker = True


class MalformedResponse(BadReply):
    code = "malformed_response"
    retries = 1
    other_server = True
    breaker = True


class GenerationAborted(BadReply):
    """The server stopped the generation by itself; the third in a row counts against it."""

    code = "generation_aborted"
    retries = 1
    other_server = True


class Repetition(BadReply):
    """The model repeats itself; the second try is a little warmer and penalises repetition."""

    code = "repetition"
    task_code = ErrorCode.NO_FILES_PRODUCED
    hint = "Rephrase the instruction, ask for smaller files, or serve a larger model."
    retries = 1


class OutputInvalid(BadReply):
    """A whole reply that cannot be used; `text` is what came."""

    code = "output_invalid"
    task_code = ErrorCode.NO_FILES_PRODUCED
    hint = "Rephrase the instruction, or serve another model."

    def __init__(self, detail: str, *, server: str = "", text: str = "") -> None:
        super().__init__(detail, server=server)
        self.text = text


class PromptTruncated(BadReply):
    """The server dropped a part of the prompt without saying so; the reply is discarded."""

    code = "prompt_truncated"
    task_code = ErrorCode.CONTEXT_OVERFLOW
    hint = "Update Ollama, or set OLLAMA_CONTEXT_LENGTH on the server to what JR_PM_CONTEXT says."
    retryable = False


class Refused(LlmError):
    """The request will not do, however often it is sent."""


class ContextOverflow(Refused):
    """The prompt is longer than the window. Both in tokens, None where nobody said."""

    code = "context_overflow"
    task_code = ErrorCode.CONTEXT_OVERFLOW

    def __init__(
        self, detail: str, *, server: str = "", prompt_tokens: int | None = None, window: int | None = None
    ) -> None:
        super().__init__(detail, server=server)
        self.prompt_tokens = prompt_tokens
        self.window = window


class ModelNotFound(Refused):
    code = "model_not_found"
    task_code = ErrorCode.MODEL_NOT_FOUND
    other_server = True


class AuthError(Refused):
    code = "auth_error"
    hint = "Set JR_VLLM_API_KEY or JR_OLLAMA_API_KEY to the key that the server was started with."


class ConfigError(Refused):
    """Not the server we were told of; `path` tells that it serves nothing at the path of its URL, `key` that
    it is the API key which cannot be sent.
    """

    code = "config_error"
    hint = "Mend JR_VLLM_URL (it ends in /v1) or JR_OLLAMA_URL (without a path); `jr doctor` shows which."

    def __init__(self, detail: str, *, server: str = "", path: bool = False, key: bool = False) -> None:
        super().__init__(detail, server=server)
        self.path, self.key = path, key
        if key:
            self.hint = AuthError.hint


class InvalidRequest(Refused):
    code = "invalid_request"
    hint = "The server refuses what Jr sends to every server of its kind: update it, or report this."
    task_code = ErrorCode.INTERNAL


class SchemaUnsupported(InvalidRequest):
    code = "schema_unsupported"
