"""Alembic's entry: runs migrations on the connection that `app.store.migrate` opened."""

from __future__ import annotations

from alembic import context

from app.store.migrate import is_ours
from app.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=is_ours,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
