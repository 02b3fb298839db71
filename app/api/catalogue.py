"""The catalogue of problem types: one entry for each way a request can go wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: its `code`, its status, and what a caller can do about it."""

    code: str
    status: int
    title: str
    advice: str

    @property
    def slug(self) -> str:
        return self.code.replace("_", "-")

    @property
    def uri(self) -> str:
        """The RFC 9457 `type`, a page of this service."""
        return f"/problems/{self.slug}"


BAD_REQUEST = ProblemType(
    "bad_request", 400, "The request cannot be read", "Mend the request as the detail says and send it again."
)
MALFORMED_BODY = ProblemType(
    "malformed_body",
    400,
    "The body cannot be read",
    "Send well-formed JSON, or markdown as text/markdown, encoded as UTF-8.",
)
INVALID_PAGE_TOKEN = ProblemType(
    "invalid_page_token",
    400,
    "The page token is not one of this listing",
    "Pass `next_page_token` back unchanged, with the same filters; leave it out to start anew.",
)
UNAUTHENTICATED = ProblemType(
    "unauthenticated",
    401,
    "A key is needed",
    "Send one of the service's keys as `Authorization: Bearer <key>` or `X-API-Key: <key>`.",
)
CROSS_SITE = ProblemType(
    "cross_site",
    403,
    "The request comes from another site",
    "A browser may change tasks only from pages of this service. Programs send no `Origin`.",
)
NOT_FOUND = ProblemType(
    "not_found", 404, "There is nothing here", "Check the id or the path; a deleted task is gone for good."
)
METHOD_NOT_ALLOWED = ProblemType(
    "method_not_allowed", 405, "The method is not one of this resource", "Use a method that `Allow` names."
)
CONFLICT = ProblemType(
    "conflict",
    409,
    "The task's state does not allow this",
    "Read the task again: `code` and `detail` say what stands in the way, `paths` which files do.",
)
CONTENT_TOO_LARGE = ProblemType(
    "content_too_large",
    413,
    "The body is too large",
    "An instruction holds at most 1 MiB of UTF-8, a JSON body at most 8 MiB. Split the work into tasks.",
)
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    "unsupported_media_type",
    415,
    "The media type is not understood",
    "Send `application/json`, or the instruction itself as `text/markdown`, both in UTF-8.",
)
RANGE_NOT_SATISFIABLE = ProblemType(
    "range_not_satisfiable",
    416,
    "The range lies outside the content",
    "`Content-Range` names the length; ask for bytes within it.",
)
MISDIRECTED = ProblemType(
    "misdirected",
    421,
    "The service is not open to the network",
    "Without keys it answers on loopback, to local names. Set JR_API_KEYS to serve a network or a domain.",
)
VALIDATION_FAILED = ProblemType(
    "validation_failed",
    422,
    "The request does not follow the schema",
    "`errors` points at each value that has to change. Nothing was stored.",
)
IDEMPOTENCY_KEY_REUSED = ProblemType(
    "idempotency_key_reused",
    422,
    "The idempotency key belongs to another body",
    "Use a new key for a new task; the same key always means the same task.",
)
SANDBOX_UNAVAILABLE = ProblemType(
    "sandbox_unavailable",
    422,
    "A task's own checks cannot be run here",
    "Install bubblewrap on the service's machine and leave JR_SANDBOX at `auto`, or post without checks.",
)
QUEUE_FULL = ProblemType(
    "queue_full",
    429,
    "The queue is full",
    "Post the task again after `Retry-After` seconds; nothing of it was stored.",
)
INTERNAL = ProblemType(
    "internal",
    500,
    "The service failed",
    "Nothing a caller did. The service's log has the cause under the `request_id`.",
)
NOT_READY = ProblemType(
    "not_ready",
    503,
    "The service is not ready",
    "`checks` says which part is missing, `detail` the same in a line.",
)
UNAVAILABLE = ProblemType(
    "unavailable",
    503,
    "The database does not answer",
    "Send the same request again after `Retry-After` seconds; with an `Idempotency-Key` a post is done once.",
)

ALL: tuple[ProblemType, ...] = (
    BAD_REQUEST,
    MALFORMED_BODY,
    INVALID_PAGE_TOKEN,
    UNAUTHENTICATED,
    CROSS_SITE,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    CONFLICT,
    CONTENT_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    RANGE_NOT_SATISFIABLE,
    MISDIRECTED,
    VALIDATION_FAILED,
    IDEMPOTENCY_KEY_REUSED,
    SANDBOX_UNAVAILABLE,
    QUEUE_FULL,
    INTERNAL,
    NOT_READY,
    UNAVAILABLE,
)

BY_SLUG = {kind.slug: kind for kind in ALL}
BY_STATUS = {kind.status: kind for kind in reversed(ALL)} | {422: VALIDATION_FAILED}
