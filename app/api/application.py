"""The API as an application: routes, problems, envelope and documentation put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI

from app.api import artifacts, docs, events, instructions, openapi, problems, service, tasks, transitions
from app.api.envelope import Envelope
from app.api.head import Head

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]


class Application(FastAPI):
    """FastAPI with Jr's own OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = openapi.describe(self)
        return self.openapi_schema


def application(lifespan: Lifespan, *, version: str, open_door: bool) -> Application:
    """The API. `lifespan` gives the request state, with `Services` under "services"."""
    app = Application(
        title="Jr",
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for room in (tasks, transitions, events, artifacts, instructions, service):
        app.include_router(room.router)
    problems.install(app)
    docs.add_docs(app)
    app.add_middleware(Head)
    app.add_middleware(Envelope, open_door=open_door)
    return app
