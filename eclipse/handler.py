"""How HTTP requests reach Django: one hop to one of a few lasting threads, whole middleware chain included.

Django's own ASGI handler gives each request a new thread, and hops between loop and thread once per synchronous
middleware. New threads mean new database connections (SQLite: 4,515 posts a second over a kept connection, 525 when
each opens its own), and a hop costs about 0.1 ms. Here the chain is built synchronous and runs whole in a thread that
keeps its connections. Why: docs/adr/0003-threads.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponseBase

from eclipse.hub import hub

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class ThreadedASGIHandler(ASGIHandler):
    """Django's ASGI handler on `settings.HTTP_THREADS` lasting threads."""

    def __init__(self) -> None:
        super().__init__()
        # After the parent's, which built the chain with a hop for each middleware.
        self.load_middleware(is_async=False)
        self._idle: asyncio.LifoQueue[ThreadSensitiveContext] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def _threads(self) -> "asyncio.LifoQueue[ThreadSensitiveContext]":
        loop = asyncio.get_running_loop()
        if self._idle is None or self._loop is not loop:
            # Last in, first out: under light load one warm thread, and one connection, does everything.
            self._idle, self._loop = asyncio.LifoQueue(), loop
            for _ in range(settings.HTTP_THREADS):
                self._idle.put_nowait(ThreadSensitiveContext())
        return self._idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        hub.bind()
        try:
            await self.handle(scope, receive, send)
        except TimeoutError:
            # Only reading the body raises it, and nothing has been answered yet.
            headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 408, "headers": headers})
            await send({"type": "http.response.body", "body": b"The request took too long to arrive."})

    async def read_body(self, receive: Receive) -> Any:
        """The whole body; `TimeoutError` when it takes longer than `settings.BODY_SECONDS`."""
        async with asyncio.timeout(settings.BODY_SECONDS):
            return await super().read_body(receive)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        # A thread is held for the work alone, never while a slow line brings the body or takes the answer: otherwise
        # as many idle connections as there are threads would stop the site.
        threads = self._threads()
        thread = await threads.get()
        token = SyncToAsync.thread_sensitive_context.set(thread)
        try:
            return await sync_to_async(self._respond, thread_sensitive=True)(request)
        finally:
            SyncToAsync.thread_sensitive_context.reset(token)
            threads.put_nowait(thread)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        # Django does this when a request starts and ends, but in a thread that is not this one.
        close_old_connections()
        try:
            return self.get_response(request)
        finally:
            close_old_connections()
