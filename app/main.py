"""create_app(): the one place where things are wired."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from app.api.application import application
from app.api.auth import require_page_key
from app.api.bodies import NewTaskBody
from app.api.metrics import Metrics
from app.api.problems import invalid_values
from app.api.services import Services
from app.engine import runtime
from app.engine.calls import shared_slots
from app.engine.config import EngineConfig
from app.engine.parts import DiskWriter, Parts
from app.engine.readiness import Readiness
from app.engine.service import Tasks
from app.instruction import check as checks
from app.llm.call import Ask, Role
from app.llm.config import Clocks, LlmConfig
from app.llm.servers import ModelServers
from app.pipeline.ports import Job, Options, RunChecks, RunRlm
from app.rlm.limits import RlmUnavailable
from app.rlm.runner import RlmRunner, unavailable
from app.sandbox import bwrap
from app.sandbox.cage import Cage
from app.sandbox.checks import SandboxedChecks
from app.settings import Settings
from app.store import migrate as migrations
from app.store.ratios import StoredRatios
from app.store.session import open_database
from app.task import NewTask
from app.ui.pages import Behind, add_pages


class DatabaseUnavailable(Exception):
    """The database cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What runs behind the API, or alone in a worker. `no_sandbox` says why checks cannot be run."""

    tasks: Tasks
    servers: ModelServers
    no_sandbox: str | None


def create_app(settings: Settings | None = None, *, worker: bool = True) -> FastAPI:
    """The service. Settings are read from the environment where none are given, for `uvicorn --factory`."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        async with running(settings, worker=worker) as behind:
            services = Services(
                tasks=behind.tasks,
                check=lambda text: checks.as_json(checks.check(text)),
                backends=behind.servers.status,
                metrics=Metrics(),
                closing=asyncio.Event(),
                keys=settings.keys,
                no_sandbox=behind.no_sandbox,
            )
            app.state.services = services
            pages = Behind(
                took=partial(services.metrics.took, "page"),
                tasks=behind.tasks,
                backends=behind.servers.status,
                accept=_accept,
            )
            yield {"services": services, "pages": pages}
            services.closing.set()

    app = application(lifespan, version=version("jr"), open_door=not settings.keys)
    add_pages(app, require_page_key)
    return app


@asynccontextmanager
async def running(settings: Settings, *, worker: bool) -> AsyncIterator[Running]:
    """The model servers and the engine, for the life of a process."""
    walls = await asyncio.to_thread(sandbox, settings)
    config, llm = engine_config(settings, worker=worker), llm_config(settings)
    parts = _parts(settings, config, walls)
    no_sandbox = walls if isinstance(walls, str) else None
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(runtime.open_store(config.database_url))
        widths = {Role.PM: llm.pm_slots, Role.CODER: llm.coder_slots}
        slots = stack.enter_context(shared_slots(database, widths))
        servers = ModelServers(llm, ratios=StoredRatios(database), slots=slots)
        stack.push_async_callback(servers.aclose)
        engine = await stack.enter_async_context(
            runtime.open_engine(config, database, ask=servers, parts=parts)
        )
        yield Running(tasks=engine.tasks, servers=servers, no_sandbox=no_sandbox)


def migrate_database(settings: Settings) -> None:
    """Brings the database to this version's tables. Raises DatabaseUnavailable."""
    try:
        runtime.migrate(settings.database_url)
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseUnavailable(str(error).splitlines()[0]) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def llm_config(settings: Settings) -> LlmConfig:
    return LlmConfig(
        ollama_urls=tuple(url.strip() for url in settings.ollama_url.split(",") if url.strip()),
        vllm_urls=settings.vllm_urls,
        pm_model=settings.pm_model,
        coder_model=settings.coder_model,
        ollama_api_key=settings.ollama_api_key,
        vllm_api_key=settings.vllm_api_key,
        pm_slots=settings.pm_slots,
        coder_slots=settings.coder_slots,
        pm_context=settings.pm_context,
        clocks=Clocks(first_token_s=settings.first_token_s),
    )


def engine_config(settings: Settings, *, worker: bool) -> EngineConfig:
    return EngineConfig(
        database_url=settings.database_url,
        workspace=settings.workspace.absolute(),
        roots=settings.roots,
        protected=settings.protected_globs,
        options=Options(
            reply_form=settings.reply_form,
            repair_turns=settings.repair_turns,
            min_file_bytes=settings.min_file_bytes,
            max_output_tokens=settings.max_output_tokens,
            call_timeout_s=settings.call_timeout_s,
            coder_slots=settings.coder_slots,
        ),
        worker=worker,
        max_queued=settings.max_queued,
        task_timeout_s=settings.task_timeout_s,
    )


def sandbox(settings: Settings) -> bwrap.Bubblewrap | str:
    """The walls that commands run behind, or why there are none."""
    if settings.sandbox == "off":
        return "the sandbox is switched off (JR_SANDBOX=off)"
    return bwrap.find()


def rlm_walls(settings: Settings, walls: bwrap.Bubblewrap | str) -> bwrap.Bubblewrap | str:
    """The RLM's walls: they stand whatever JR_SANDBOX says, which is about a task's own checks."""
    return bwrap.find() if settings.sandbox == "off" else walls


def no_rlm(settings: Settings, walls: bwrap.Bubblewrap | str) -> RlmUnavailable | None:
    """Why the RLM rung may not run, None where it may."""
    caged = not isinstance(walls, str)
    return unavailable(settings.rlm, caged=caged, reason="" if caged else str(walls))


async def database_checks(settings: Settings) -> tuple[tuple[str, bool, str], ...]:
    """(name, ok, detail) of each check of the database, without starting the engine."""
    try:
        with closing(open_database(settings.database_url)) as database:
            if await database.read(migrations.at_head):
                return await Readiness(database).checks()
    except (SQLAlchemyError, OSError) as error:
        return (("database", False, str(error).splitlines()[0]),)
    return (
        ("database", True, "reachable"),
        ("migrations", False, "not at this version's tables: jr migrate"),
    )


def _parts(settings: Settings, config: EngineConfig, walls: bwrap.Bubblewrap | str) -> Parts:
    """What the engine runs: the stages, and the two ports that need a sandbox."""
    cage = rlm_walls(settings, walls)
    refusal = no_rlm(settings, cage)

    def rlm_for(job: Job, ask: Ask) -> RunRlm:
        start = Cage(bubblewrap=None if isinstance(cage, str) else cage).run_program
        return RlmRunner(task_id=job.task_id, ask=ask, start=start, refusal=refusal)

    return Parts(
        writer=DiskWriter(config),
        checks_for=None if isinstance(walls, str) else _checks_behind(walls, config),
        rlm_for=None if settings.rlm == "off" else rlm_for,
    )


def _checks_behind(walls: bwrap.Bubblewrap, config: EngineConfig) -> Callable[[str], RunChecks]:
    def checks_for(workspace: str) -> RunChecks:
        return SandboxedChecks(walls=walls, workspace=config.workspace / workspace, roots=config.roots)

    return checks_for


def _accept(fields: Mapping[str, Any], caller: str) -> NewTask:
    """A form's fields as a new task, by the rules of the API. Raises ValueError."""
    try:
        return NewTaskBody.model_validate(dict(fields), strict=False).task(caller)
    except ValidationError as error:
        raise ValueError(invalid_values([dict(e) for e in error.errors()]).detail) from None
