"""Whether Eclipse is up (`/healthz`) and whether it can do its work (`/readyz`), for whoever watches or balances it."""

import logging
import secrets
from collections.abc import Callable
from contextlib import closing

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from voice.leases import fresh_workers

logger = logging.getLogger(__name__)

REDIS_SECONDS = 3


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nothing of the database or of Redis, so that their trouble never restarts it."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Each component with "ok" or "failed"; 503 when one fails. Why it failed is told to the log alone."""
    components: dict[str, Callable[[], None]] = {"database": check_database}
    if settings.REDIS_URL:
        components["channel_layer"] = check_channel_layer
    if settings.VOICE_WORKERS:
        components["media_server"] = check_media_server
    verdicts = {name: _verdict(name, check) for name, check in components.items()}
    ready = all(verdict == "ok" for verdict in verdicts.values())
    return JsonResponse({"status": "ok" if ready else "failed", **verdicts}, status=200 if ready else 503)


def _verdict(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except Exception:
        # Whatever a driver raises means the same to whoever asked; the address or password in it is not for them.
        logger.exception("%s is not ready", name)
        return "failed"
    return "ok"


def check_database() -> None:
    """Raise unless the database answers a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def check_channel_layer() -> None:
    """Raise unless a publication comes back from Redis within some seconds: it is all that the channel layer needs.

    A connection of its own finds out whether a new one can be had; the channel layer's hide their trouble by retrying.
    """
    channel = f"eclipse.ready.{secrets.token_hex(8)}"
    with closing(_redis()) as client, closing(client.pubsub()) as inbox:
        inbox.subscribe(channel)
        for message in inbox.listen():
            if message["type"] == "message":
                return
            client.publish(channel, "ready")
    raise ConnectionError("the subscription ended")


def check_media_server() -> None:
    """Raise unless a media worker takes calls. (Without workers the process that serves calls is its own.)"""
    with closing(_redis()) as client:
        if not fresh_workers(client):
            raise ConnectionError("no media worker takes calls: manage.py voice starts one")


def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS
    )
