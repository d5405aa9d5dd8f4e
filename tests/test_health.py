"""What a monitor sees: the process is up, and each component that it needs answers or does not."""

import json
import os
import signal
import sys

import pytest
from django.db import DatabaseError, connection
from django.test import RequestFactory

from eclipse import health
from tests.conftest import ROOT
from tests.services import Redis, Service


def ask(view) -> tuple[int, str]:
    response = view(RequestFactory().get("/"))
    return response.status_code, response.content.decode()


def test_process_is_up_without_asking_the_database() -> None:
    """No `django_db` mark here: a query would fail the test."""
    assert ask(health.healthz) == (200, "ok\n")


@pytest.mark.django_db
def test_ready_with_database(settings) -> None:
    settings.REDIS_URL = ""
    status, body = ask(health.readyz)
    assert (status, json.loads(body)) == (200, {"status": "ok", "database": "ok"})


@pytest.mark.django_db
def test_not_ready_without_database_and_no_detail_told(settings, monkeypatch, caplog) -> None:
    settings.REDIS_URL = ""

    def refuse():
        raise DatabaseError("password=hunter2 is wrong")

    monkeypatch.setattr(connection, "cursor", refuse)
    status, body = ask(health.readyz)
    assert (status, json.loads(body)) == (503, {"status": "failed", "database": "failed"})
    assert "hunter2" not in body
    assert "hunter2" in caplog.text


@pytest.mark.django_db
@pytest.mark.own_services
def test_ready_follows_redis(settings, redis_server: Redis, monkeypatch) -> None:
    settings.REDIS_URL = redis_server.url
    assert ask(health.readyz)[0] == 200
    redis_server.kill()
    status, body = ask(health.readyz)
    assert (status, json.loads(body)) == (503, {"status": "failed", "database": "ok", "channel_layer": "failed"})
    redis_server.start()
    assert ask(health.readyz)[0] == 200


@pytest.mark.django_db
@pytest.mark.own_services
def test_a_silent_redis_is_not_ready(settings, redis_server: Redis, monkeypatch) -> None:
    """It accepts connections and never answers: the check must not wait for ever."""
    settings.REDIS_URL = redis_server.url
    monkeypatch.setattr(health, "REDIS_SECONDS", 0.2)
    assert redis_server.process is not None
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        assert ask(health.readyz)[0] == 503
    finally:
        redis_server.process.send_signal(signal.SIGCONT)


@pytest.mark.django_db
@pytest.mark.own_services
def test_with_media_workers_ready_says_whether_one_takes_calls(settings, redis_server: Redis) -> None:
    settings.REDIS_URL, settings.VOICE_WORKERS = redis_server.url, True
    status, body = ask(health.readyz)
    assert (status, json.loads(body)["media_server"]) == (503, "failed")
    environment = {**os.environ, "REDIS_URL": redis_server.url, "VOICE_WORKERS": "1"}
    worker = Service(
        [sys.executable, "manage.py", "voice"], ready="media worker .* is ready", env=environment, cwd=ROOT
    )
    worker.start()
    try:
        status, body = ask(health.readyz)
        assert (status, json.loads(body)["media_server"]) == (200, "ok")
    finally:
        assert worker.stop() == 0, worker.text
    assert json.loads(ask(health.readyz)[1])["media_server"] == "failed", "one that was stopped takes no more"


@pytest.mark.parametrize("view", [health.healthz, health.readyz])
def test_no_cache_keeps_the_answer(view, settings, db) -> None:
    settings.REDIS_URL = ""
    assert "no-store" in view(RequestFactory().get("/")).headers["Cache-Control"]
