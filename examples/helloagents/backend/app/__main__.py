"""Runs the server: python -m app."""

import uvicorn

from .settings import settings

# Seconds for open requests after SIGTERM; below the 30 s that the platform waits before it kills.
SHUTDOWN_TIMEOUT = 25

if __name__ == "__main__":
    uvicorn.run(
        "app.main:app",
        host="0.0.0.0",
        port=8000,
        log_level=settings.log_level,
        proxy_headers=True,
        forwarded_allow_ips="*",
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
    )
