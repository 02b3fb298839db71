"""The route that reads an instruction and says how a task would understand it."""

from __future__ import annotations

import asyncio
import json

from fastapi import APIRouter, Request, Response

from app.api import catalogue as kinds
from app.api.auth import Caller
from app.api.bodies import new_task_body
from app.api.openapi import posts_an_instruction
from app.api.problems import declared
from app.api.reports import CheckView
from app.api.services import Wired

router = APIRouter(prefix="/v1/instructions", tags=["instructions"])


@router.post(
    "/check",
    response_model=CheckView,
    summary="See how an instruction is understood",
    responses=declared(
        kinds.MALFORMED_BODY,
        kinds.UNAUTHENTICATED,
        kinds.CONTENT_TOO_LARGE,
        kinds.UNSUPPORTED_MEDIA_TYPE,
        kinds.VALIDATION_FAILED,
    ),
    openapi_extra=posts_an_instruction(),
)
async def check_instruction(request: Request, services: Wired, _: Caller) -> Response:
    """Takes the body of `POST /v1/tasks`; asks no model and writes nothing."""
    body = await new_task_body(request)
    check = await asyncio.to_thread(services.check, body.instruction)
    content = json.dumps(check, ensure_ascii=False)
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})
