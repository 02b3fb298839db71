"""The documentation UI, from files of this machine alone: Swagger UI at /docs, ReDoc at /redoc."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_START = """\
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#ui",
    deepLinking: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  });
});
"""
_HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
_ICON = '<link rel="icon" href="/docs/assets/favicon.png">'
_SWAGGER = (
    '<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head><body><div id="ui"></div>'
    '<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>'
    "</body></html>"
)
_REDOC = (
    '</head><body style="margin:0"><redoc spec-url="/openapi.json"></redoc>'
    '<script src="/docs/assets/redoc.standalone.js"></script></body></html>'
)


def add_docs(app: FastAPI) -> None:
    """Serves the documentation UI of `app`."""
    head = _HEAD.format(title=escape(app.title)) + _VIEWPORT + _ICON

    async def swagger() -> Response:
        return _page(head + _SWAGGER)

    async def redoc() -> Response:
        return _page(head + _REDOC)

    async def start() -> Response:
        return Response(_START, media_type="text/javascript")

    app.add_api_route("/docs", swagger, include_in_schema=False)
    app.add_api_route("/redoc", redoc, include_in_schema=False)
    app.add_api_route("/docs/start.js", start, include_in_schema=False)
    app.mount("/docs/assets", StaticFiles(directory=_assets()), name="docs_assets")


def _page(html: str) -> Response:
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})


def _assets() -> Path:
    """The folder of Swagger UI and ReDoc that the `fastapi-offline` package brings."""
    return Path(str(files("fastapi_offline"))) / "static"
