"""The database and the cache, both connected on first use: the server starts without them."""

import asyncpg
import redis.asyncio as redis

from .settings import settings

# Seconds that a store gets to answer; less than the patience of a health check.
STORE_TIMEOUT = 2


class Stores:
    def __init__(self, database: asyncpg.Pool, cache: redis.Redis) -> None:
        self.database = database
        self.cache = cache

    @classmethod
    async def open(cls) -> "Stores":
        database = await asyncpg.create_pool(
            settings.database_url,
            min_size=0,
            max_size=10,
            timeout=STORE_TIMEOUT,
            command_timeout=10,
        )
        cache = redis.from_url(
            settings.redis_url,
            decode_responses=True,
            socket_timeout=STORE_TIMEOUT,
            socket_connect_timeout=STORE_TIMEOUT,
        )
        return cls(database, cache)

    async def close(self) -> None:
        await self.database.close()
        await self.cache.aclose()

    async def ask_database(self) -> None:
        await self.database.fetchval("SELECT 1", timeout=STORE_TIMEOUT)

    async def ask_cache(self) -> None:
        await self.cache.set("health", settings.version, ex=60)
        await self.cache.get("health")
