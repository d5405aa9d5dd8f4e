"""Carol has reported what bob's rival said in the harbour."""

import pytest

from accounts.models import User
from eclipse import ratelimit
from rooms import actions
from rooms.models import Message, Report
from rooms.permissions import Role
from tests.factories import make_member, make_user, post
from tests.rooms.conftest import Harbour


@pytest.fixture
def dave(harbour: Harbour) -> User:
    """A second moderator of the harbour."""
    dave = make_user("dave")
    make_member(harbour.room, dave, Role.MODERATOR)
    return dave


@pytest.fixture
def erin(harbour: Harbour) -> User:
    """A member of the harbour who cannot hold her tongue."""
    erin = make_user("erin")
    make_member(harbour.room, erin)
    return erin


@pytest.fixture
def rude(harbour: Harbour, erin: User) -> Message:
    return post(erin, harbour.general, "Carol is a **bilge rat**")


@pytest.fixture
def report(harbour: Harbour, rude: Message) -> Report:
    with ratelimit.suspended():
        return actions.file_report(
            actor=harbour.carol, room=harbour.room, subject=rude.author, message=rude, reason="She insults me"
        )
