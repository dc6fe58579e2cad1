"""What the environment says, read once."""

import os
from dataclasses import dataclass
from pathlib import Path

VERSION_FILE = Path(__file__).parent.parent / "VERSION"


@dataclass(frozen=True)
class Settings:
    database_url: str
    redis_url: str
    environment: str
    log_level: str
    cors_origins: list[str]
    version: str
    providers: dict[str, bool]


def read_settings() -> Settings:
    env = os.environ
    origins = env.get("CORS_ORIGINS", "").split(",")
    return Settings(
        database_url=env["DATABASE_URL"],
        redis_url=env["REDIS_URL"],
        environment=env.get("ENVIRONMENT", "development"),
        log_level=env.get("LOG_LEVEL", "INFO").lower(),
        cors_origins=[origin.strip() for origin in origins if origin.strip()],
        version=env.get("APP_VERSION") or VERSION_FILE.read_text().strip(),
        # Whether a key is there, never the key.
        providers={
            "anthropic": bool(env.get("ANTHROPIC_API_KEY")),
            "openai": bool(env.get("OPENAI_API_KEY")),
        },
    )


settings = read_settings()
