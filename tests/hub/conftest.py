"""The hub of a process on its own, and of one that reaches even its own sockets through Redis."""

from typing import Any

import pytest

from eclipse.hub import Hub
from tests.hub.pages import redis_layer


@pytest.fixture(params=["one process", pytest.param("Redis", marks=pytest.mark.own_services)])
async def hub(request: pytest.FixtureRequest, settings: Any) -> Hub:
    """Once a hub in a process on its own, once one that reaches even its own sockets through Redis."""
    alone = request.param == "one process"
    settings.CHANNEL_LAYERS = {} if alone else redis_layer(request.getfixturevalue("redis_url"))
    hub = Hub()
    hub.bind()
    return hub


@pytest.fixture
async def lone_hub(settings: Any) -> Hub:
    settings.CHANNEL_LAYERS = {}
    return Hub()
