"""Learned bytes per token of each model, kept for every process and the next start."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from app.store.session import Database
from app.store.tables import token_ratios
from app.trigger import point


@dataclass(frozen=True, slots=True)
class StoredRatios:
    """The `TokenRatios` of the model client; the last one written stands."""

    database: Database

    async def read(self, model: str) -> float | None:
        query = select(token_ratios.c.bytes_per_token).where(token_ratios.c.model == model)
        return await self.database.read(lambda connection: connection.execute(query).scalar())

    async def write(self, model: str, bytes_per_token: float) -> None:
        def work(connection: Connection) -> None:
            values = {"bytes_per_token": bytes_per_token}
            known = update(token_ratios).where(token_ratios.c.model == model).values(values)
            if not connection.execute(known).rowcount:
                connection.execute(insert(token_ratios).values(model=model, **values))

        await self.database.write(work)
        point("ratio.stored")
