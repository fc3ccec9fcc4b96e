"""What Alembic compares and how it connects."""

from typing import Literal

from alembic import context

import gateway.tables  # noqa: F401 - registers every table
from audit.tables import metadata as audit_metadata
from gateway.db import Base, Instant

HUEY = {"kv", "schedule", "task", "counter", "huey_kv", "huey_schedule", "huey_task", "huey_counter"}


def include(_object: object, name: str | None, kind: str, _reflected: bool, _compare: object) -> bool:
    """Leave out the queue's own tables: huey makes and changes them itself."""
    return not (kind == "table" and name in HUEY)


def render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our types as plain ones: a migration must not change when the program does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    """Run the migrations in one transaction."""
    engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=[Base.metadata, audit_metadata],
            include_object=include,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            render_item=render,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
