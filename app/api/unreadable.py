"""Requests that are no HTTP: the server below the application answers them, and with a problem, too."""

from __future__ import annotations

from uuid import uuid4

from uvicorn.protocols.http.h11_impl import H11Protocol

from app.api.catalogue import BAD_REQUEST
from app.api.problems import ApiProblem


class Protocol(H11Protocol):
    """uvicorn's protocol, whose own 400 is a sentence in plain text."""

    def send_400_response(self, msg: str) -> None:
        answer = ApiProblem(BAD_REQUEST, msg).response(request_id := uuid4().hex)
        headers = [*answer.raw_headers, (b"x-request-id", request_id.encode()), (b"connection", b"close")]
        lines = [b"HTTP/1.1 400 Bad Request", *(b": ".join(header) for header in headers), b"", b""]
        self.transport.write(b"\r\n".join(lines) + bytes(answer.body))
        self.transport.close()
