"""The smallest application that talks through the hub, for running it on real servers."""

import asyncio
from typing import Any

import django
from channels.sessions import SessionMiddlewareStack

from eclipse.hub import hub


async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hear the topic that the path names, and publish to it whatever is said."""
    topic = scope["path"].strip("/")
    task = asyncio.current_task()
    assert task is not None
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    socket = hub.connect(send, {topic}, task.cancel)
    hub.send(socket, "<hello>")
    try:
        while (message := await receive())["type"] == "websocket.receive":
            hub.publish(topic, message["text"])
    except asyncio.CancelledError:
        # Evicted: returning makes the server close the socket.
        pass
    finally:
        hub.disconnect(socket)


# Stored sessions are models.
django.setup()
application = SessionMiddlewareStack(talk)
