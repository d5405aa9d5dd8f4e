"""How HTTP requests reach Django: one hop to one of a few lasting threads, whole middleware chain included.

Django's own ASGI handler gives each request a new thread, and hops between loop and thread for each signal, each
synchronous middleware and the closing of the response. New threads mean new database connections (SQLite: 4,515 posts
a second over a kept connection, 525 when each opens its own), and a hop costs about 0.1 ms, more while others want the
interpreter. Here the chain is built synchronous and runs whole in a thread that keeps its connections, as under a
threaded WSGI server. Why: docs/adr/0003-threads.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.http import HttpResponseBase
from django.urls import set_script_prefix

from eclipse.hub import hub

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class BodyTooLarge(Exception):
    """A request's body is longer than `settings.BODY_BYTES`."""


class ThreadedASGIHandler(ASGIHandler):
    """Django's ASGI handler on `settings.HTTP_THREADS` lasting threads."""

    def __init__(self) -> None:
        super().__init__()
        # After the parent's, which built the chain with a hop for each middleware.
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(settings.HTTP_THREADS, thread_name_prefix="http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        hub.bind()
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        except TimeoutError:
            await _refuse(send, 408, b"The request took too long to arrive.")
            return
        except BodyTooLarge:
            await _refuse(send, 413, b"The request is too large.")
            return
        # A thread is held for the work alone, never while a slow line brings the body or takes the answer: otherwise
        # as many idle connections as there are threads would stop the site.
        work = asyncio.get_running_loop().run_in_executor
        response = await work(self._threads, self._respond, scope, body)
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await work(self._threads, response.close)

    async def read_body(self, receive: Receive) -> Any:
        """The whole body; `TimeoutError` when it takes longer than `settings.BODY_SECONDS`, and `BodyTooLarge`."""
        size = 0

        async def counted() -> Mapping[str, Any]:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > settings.BODY_BYTES:
                raise BodyTooLarge
            return message

        async with asyncio.timeout(settings.BODY_SECONDS):
            return await super().read_body(counted)

    def _respond(self, scope: Scope, body: Any) -> HttpResponseBase:
        """Django's answer, from the signal that a request starts to the one that it is finished, in this one thread."""
        with body:
            set_script_prefix(get_script_prefix(scope))
            request_started.send(sender=type(self), scope=scope)
            request, refusal = self.create_request(scope, body)
            response = refusal if request is None else self.get_response(request)
            assert response is not None, "Django makes one or the other"
            # Whom the closing response names as the sender of "finished".
            vars(response)["_handler_class"] = type(self)
            if not response.streaming:
                response.close()
            return response


async def _refuse(send: Send, status: int, words: bytes) -> None:
    """Answer in plain words, and let go of the line: what else is on its way is not waited for."""
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})
