"""What the stories of commands share: nobody is held back by how much they type."""

import pytest
from pytest_django import Settings

from tests.rooms.views.answers import limits


@pytest.fixture(autouse=True)
def unhurried(settings: Settings) -> None:
    limits(settings, messages="1000/1 second")
