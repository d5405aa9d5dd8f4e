"""Whose browser asks."""

import pytest
from django.test import Client

from tests.rooms.conftest import Harbour, browser_of


@pytest.fixture
def carol(harbour: Harbour) -> Client:
    return browser_of(harbour.carol)
