"""How requests reach Django: few lasting threads, held for the work alone."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from pytest_django import Settings

from eclipse.handler import ThreadedASGIHandler

closed: list[str] = []


def which_thread(request: HttpRequest) -> HttpResponse:
    return HttpResponse(threading.current_thread().name)


def in_parts(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[str]:
        try:
            yield from ("one ", "two")
        finally:
            closed.append("parts")

    return StreamingHttpResponse(parts())


def length(request: HttpRequest) -> HttpResponse:
    return HttpResponse(len(request.body))


urlpatterns = [path("thread/", which_thread), path("parts/", in_parts), path("length/", length)]


@pytest.fixture(autouse=True)
def one_thread(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    settings.HTTP_THREADS = 1
    settings.ALLOWED_HOSTS = ["*"]


class Visit:
    """One request over ASGI, whose body comes when the test says so."""

    def __init__(self, handler: ThreadedASGIHandler, address: str) -> None:
        self._arriving: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self.answer: list[Mapping[str, Any]] = []
        scope = {"type": "http", "method": "POST", "path": address, "headers": [], "query_string": b""}
        self._task = asyncio.create_task(handler(scope, self._arriving.get, self._take))

    async def _take(self, message: Mapping[str, Any]) -> None:
        self.answer.append(message)

    def send(self, body: bytes = b"", *, more: bool = False) -> "Visit":
        self._arriving.put_nowait({"type": "http.request", "body": body, "more_body": more})
        return self

    def leave(self) -> "Visit":
        self._arriving.put_nowait({"type": "http.disconnect"})
        return self

    async def end(self) -> tuple[int, bytes]:
        """The status and the whole body; (0, b"") where nothing was answered."""
        await asyncio.wait_for(self._task, 10)
        status = self.answer[0]["status"] if self.answer else 0
        return status, b"".join(message.get("body", b"") for message in self.answer[1:])


async def test_a_body_on_its_way_holds_no_thread() -> None:
    handler = ThreadedASGIHandler()
    slow = Visit(handler, "/length/").send(b"12345", more=True)
    for _ in range(3):
        assert await Visit(handler, "/thread/").send().end() == (200, b"http_0")
    assert await slow.send(b"678").end() == (200, b"8")


async def test_a_body_that_takes_too_long_is_given_up(settings: Settings) -> None:
    settings.BODY_SECONDS = 0.05
    status, body = await Visit(ThreadedASGIHandler(), "/length/").send(b"123", more=True).end()
    assert (status, body) == (408, b"The request took too long to arrive.")


async def test_a_body_that_is_too_large_is_not_waited_for(settings: Settings) -> None:
    settings.BODY_BYTES = 8
    handler = ThreadedASGIHandler()
    assert await Visit(handler, "/length/").send(b"12345", more=True).send(b"678").end() == (200, b"8")
    refused = Visit(handler, "/length/").send(b"12345", more=True).send(b"6789", more=True)
    assert await refused.end() == (413, b"The request is too large.")


async def test_whoever_leaves_before_the_end_is_not_answered() -> None:
    visit = Visit(ThreadedASGIHandler(), "/length/").send(b"123", more=True).leave()
    assert await visit.end() == (0, b"")


async def test_an_answer_in_parts_arrives_whole_and_is_closed() -> None:
    closed.clear()
    assert await Visit(ThreadedASGIHandler(), "/parts/").send().end() == (200, b"one two")
    assert closed == ["parts"]


async def test_the_signals_come_in_the_thread_of_the_view() -> None:
    """Django's own look after the thread's database connection by them."""
    heard: list[str] = []

    def note(**kwargs: Any) -> None:
        heard.append(threading.current_thread().name)

    for signal in (request_started, request_finished):
        signal.connect(note)
    try:
        assert await Visit(ThreadedASGIHandler(), "/thread/").send().end() == (200, b"http_0")
    finally:
        for signal in (request_started, request_finished):
            signal.disconnect(note)
    assert heard == ["http_0", "http_0"]
