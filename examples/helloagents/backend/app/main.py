"""The API of HelloAgents."""

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import Any, Awaitable

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel, Field

from .settings import settings
from .stores import Stores

logger = logging.getLogger("uvicorn.error")


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.stores = await Stores.open()
    logger.info("HelloAgents %s in %s", settings.version, settings.environment)
    yield
    await app.state.stores.close()


app = FastAPI(title="HelloAgents", version=settings.version, lifespan=lifespan)
app.add_middleware(
    CORSMiddleware,
    allow_origins=settings.cors_origins,
    allow_methods=["GET", "POST"],
    allow_headers=["*"],
)


class NewMessage(BaseModel):
    author: str = Field(default="anonymous", min_length=1, max_length=80)
    text: str = Field(min_length=1, max_length=2000)


def stores(request: Request) -> Stores:
    return request.app.state.stores


@app.get("/health")
async def health() -> dict[str, Any]:
    """This process alone: a database that is down is no reason to restart it."""
    return {"status": "ok", "version": settings.version, "environment": settings.environment}


@app.get("/health/db")
async def health_of_stores(request: Request, response: Response) -> dict[str, Any]:
    """A round trip to each store; 503 when one of them does not answer."""
    database, cache = await asyncio.gather(
        outcome(stores(request).ask_database()),
        outcome(stores(request).ask_cache()),
    )
    healthy = database["status"] == cache["status"] == "ok"
    if not healthy:
        response.status_code = 503
    return {"status": "ok" if healthy else "failed", "database": database, "cache": cache}


async def outcome(question: Awaitable[None]) -> dict[str, Any]:
    begin = time.perf_counter()
    try:
        await question
    except Exception as error:
        # The class alone: a driver's message can hold the connection's address and user.
        logger.warning("health: %s", error)
        return {"status": "failed", "error": type(error).__name__}
    return {"status": "ok", "milliseconds": round((time.perf_counter() - begin) * 1000, 1)}


@app.get("/api/info")
async def info() -> dict[str, Any]:
    return {
        "version": settings.version,
        "environment": settings.environment,
        "providers": settings.providers,
    }


@app.get("/api/messages")
async def list_messages(request: Request, limit: int = 50) -> dict[str, Any]:
    rows = await stores(request).database.fetch(
        "SELECT id, author, text, created_at FROM messages ORDER BY id DESC LIMIT $1",
        max(1, min(limit, 200)),
    )
    posted = await stores(request).cache.get("messages:posted")
    return {"messages": [dict(row) for row in rows], "posted": int(posted or 0)}


@app.post("/api/messages", status_code=201)
async def post_message(request: Request, message: NewMessage) -> dict[str, Any]:
    row = await stores(request).database.fetchrow(
        "INSERT INTO messages (author, text) VALUES ($1, $2) RETURNING id, author, text, created_at",
        message.author,
        message.text,
    )
    await stores(request).cache.incr("messages:posted")
    return dict(row)
