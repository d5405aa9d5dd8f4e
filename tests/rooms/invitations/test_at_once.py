"""Two people at the last use of an invitation, and a ban that races its victim's way back."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import User
from rooms import actions
from rooms.access import Banned
from rooms.models import Ban, Invitation, InvitationUse, Membership
from tests.factories import make_user
from tests.rooms.conftest import Harbour, build_harbour


def at_once(*deeds: Callable[[], object]) -> list[BaseException | None]:
    """Do these in threads that start together; what each raised."""
    raised: list[BaseException | None] = [None] * len(deeds)
    together = threading.Barrier(len(deeds))

    def run(index: int, deed: Callable[[], object]) -> None:
        try:
            together.wait(10)
            deed()
        except Exception as error:
            raised[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


@pytest.fixture
def stored(transactional_db: None) -> Harbour:
    return build_harbour()


def accept(user: User, invitation: Invitation) -> Callable[[], object]:
    return lambda: actions.accept_invitation(actor=user, invitation=invitation)


@pytest.mark.services
def test_of_several_people_at_the_last_use_one_gets_in(stored: Harbour) -> None:
    for attempt in range(3):
        people = [make_user(f"sailor{attempt}{number}") for number in range(4)]
        invitation = actions.create_invitation(actor=stored.bob, room=stored.vault, max_uses=1)
        raised = at_once(*(accept(person, invitation) for person in people))
        assert sorted(type(error).__name__ for error in raised) == ["InvitationEnded"] * 3 + ["NoneType"]
        invitation.refresh_from_db()
        assert invitation.uses == 1
        assert InvitationUse.objects.filter(invitation=invitation).count() == 1
        assert Membership.objects.filter(room=stored.vault, user__in=people).count() == 1


@pytest.mark.services
def test_one_person_who_clicks_twice_uses_one(stored: Harbour) -> None:
    invitation = actions.create_invitation(actor=stored.bob, room=stored.vault, max_uses=2)
    assert at_once(*[accept(stored.mallory, invitation)] * 3) == [None] * 3
    invitation.refresh_from_db()
    assert invitation.uses == 1


@pytest.mark.services
def test_a_ban_that_races_the_way_in_wins(stored: Harbour) -> None:
    invitation = actions.create_invitation(actor=stored.bob, room=stored.vault)
    for _ in range(3):
        came, banned = at_once(
            accept(stored.mallory, invitation),
            lambda: actions.ban_member(actor=stored.bob, room=stored.vault, subject=stored.mallory),
        )
        assert banned is None
        assert came is None or isinstance(came, Banned)
        assert not Membership.objects.filter(room=stored.vault, user=stored.mallory).exists()
        Ban.objects.all().delete()


@pytest.mark.services
def test_of_two_moderators_who_take_a_report_on_at_once_one_is_told(stored: Harbour) -> None:
    report = actions.file_report(actor=stored.carol, room=stored.room, subject=make_member_of(stored), reason="Spam")
    raised = at_once(
        lambda: actions.claim_report(actor=stored.alice, report=report),
        lambda: actions.claim_report(actor=stored.bob, report=report),
    )
    assert sorted(type(error).__name__ for error in raised) == ["NoneType", "ReportTaken"]


def make_member_of(stored: Harbour) -> User:
    erin = make_user("erin")
    actions.join_room(actor=erin, room=stored.room)
    return erin
