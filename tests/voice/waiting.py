"""Waiting for the thing itself, never for a time."""

import asyncio
from collections.abc import Callable

SECONDS = 20


async def until(holds: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
