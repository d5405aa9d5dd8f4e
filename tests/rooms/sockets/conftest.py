"""Rooms that are stored for sockets to see, and pages that open them."""

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from accounts.models import User
from tests.rooms.conftest import Harbour, build_harbour
from tests.rooms.sockets.pages import ORIGIN, Open, Page


@pytest.fixture
def stored(transactional_db: None) -> Harbour:
    return build_harbour()


@pytest.fixture
async def visit() -> AsyncIterator[Open]:
    """Opens a page's socket: `await visit(alice, "/ws/chat/harbour/")`; all are closed in the end."""
    pages: list[Page] = []

    async def visit(user: User | None, path: str, origin: str | None = ORIGIN) -> Page:
        page = await sync_to_async(Page)(path, user, origin)
        pages.append(page)
        await page.open()
        return page

    yield visit
    for page in pages:
        await page.leave()
    await sync_to_async(connections.close_all)()
