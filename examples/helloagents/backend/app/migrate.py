"""Brings the database to the schema of this release: python -m app.migrate.

The old release still serves while this runs, and a rollback comes back to it: a step may only add.
Each step can run again, and two runs at the same time wait for each other.
"""

import asyncio
import sys
import time

import asyncpg

from .settings import settings

STEPS = [
    """
    CREATE TABLE IF NOT EXISTS messages (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        author     text        NOT NULL,
        text       text        NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX IF NOT EXISTS messages_created_at ON messages (created_at DESC)",
]

# Any number that nobody else locks in this database.
LOCK = 7_203_114
# Seconds that a starting database gets.
PATIENCE = 30


async def connect() -> asyncpg.Connection:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await asyncpg.connect(settings.database_url, timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


async def migrate() -> None:
    connection = await connect()
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            for step in STEPS:
                await connection.execute(step)
    finally:
        await connection.close()
    print(f"migrate: {len(STEPS)} steps, the schema is that of {settings.version}")


if __name__ == "__main__":
    try:
        asyncio.run(migrate())
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        sys.exit(f"migrate: {error or type(error).__name__}")
