"""Who becomes the head of a room: while its creator acts, whom they choose; once the account is closed or gone, whom
those choose to whom the creator lent the right, or the site's staff."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.actions import restore_account, suspend_account
from accounts.models import User
from rooms import actions, permissions
from rooms.actions import ensure_lobby
from rooms.models import AuditEntry, Membership, Room
from rooms.permissions import Role
from tests.factories import make_user
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.roles.conftest import deeds, grant, role_of
from tests.rooms.test_admin import make_staff, path
from tests.rooms.views.answers import text_of

TRANSFER = "/rooms/harbour/settings/transfer/"
REST = "chat/rooms/harbour/transfer/"
STAFF_ROLE = "staff/rooms/{}/members/{}/"


@pytest.fixture
def sysop(harbour: Harbour) -> User:
    return make_staff("sysop")


@pytest.fixture
def lent(harbour: Harbour) -> Harbour:
    """Alice has lent her moderators the right to hand the harbour over."""
    grant(harbour.room, Role.MODERATOR, permissions.TRANSFER_ROOM)
    return harbour


def creators(room: Room) -> list[str]:
    return list(Membership.objects.filter(room=room, role=Role.CREATOR).values_list("user__username", flat=True))


class TestWhileTheCreatorActs:
    def test_a_moderator_who_was_lent_the_right_cannot_dethrone_her(self, lent: Harbour) -> None:
        form = {"to": "carol", "confirmation": "Harbour"}
        answer = browser_of(lent.bob).post(TRANSFER, form)
        assert answer.status_code == 403
        assert "The room has a creator, who decides about it" in text_of(answer)
        answer = Caller(lent.bob).post(REST, form)
        assert answer.status_code == 403
        assert "The room has a creator, who decides about it" in answer.json()["detail"]
        for heir in (lent.carol, lent.bob):
            with pytest.raises(actions.CreatorDecides):
                actions.transfer_room(actor=lent.bob, room=lent.room, subject=heir)
        assert creators(lent.room) == ["alice"]
        assert deeds(lent.room) == []

    def test_nor_is_it_offered(self, lent: Harbour) -> None:
        bob, alice = browser_of(lent.bob), browser_of(lent.alice)
        assert bob.get(TRANSFER).status_code == 403
        for page in ("settings/reports/", "members/carol/"):
            assert TRANSFER not in text_of(bob.get(f"/rooms/harbour/{page}"))
            assert TRANSFER in text_of(alice.get(f"/rooms/harbour/{page}"))

    def test_staff_appoint_nobody(self, harbour: Harbour, sysop: User) -> None:
        for role in Role:
            with pytest.raises(actions.CreatorDecides):
                actions.change_role_as_staff(actor=sysop, room=harbour.room, subject=harbour.bob, role=role)
        assert creators(harbour.room) == ["alice"]


class TestOnceTheCreatorIsSuspended:
    @pytest.fixture(autouse=True)
    def suspended(self, harbour: Harbour, sysop: User) -> None:
        suspend_account(actor=sysop, user=harbour.alice)

    def test_a_moderator_who_was_lent_the_right_gives_the_room_a_head(self, lent: Harbour) -> None:
        bob = browser_of(lent.bob)
        assert TRANSFER in text_of(bob.get("/rooms/harbour/members/carol/"))
        assert bob.get(TRANSFER).status_code == 200
        assert bob.post(TRANSFER, {"to": "carol", "confirmation": "Harbour"}).status_code == 302
        assert creators(lent.room) == ["carol"]
        assert role_of(lent.alice, lent.room) == ("moderator", ["moderator"])
        assert deeds(lent.room) == [("room_transferred", "bob", "carol")]
        # Now she acts, and bob's right is of no use again.
        with pytest.raises(actions.CreatorDecides):
            actions.transfer_room(actor=lent.bob, room=lent.room, subject=lent.bob)

    def test_who_is_the_only_one_left_to_do_it_takes_it_on(self, lent: Harbour) -> None:
        assert Caller(lent.bob).post(REST, {"to": "bob", "confirmation": "Harbour"}).status_code == 204
        assert creators(lent.room) == ["bob"]

    def test_she_who_comes_back_is_a_moderator_of_it(self, lent: Harbour, sysop: User) -> None:
        actions.transfer_room(actor=lent.bob, room=lent.room, subject=lent.carol)
        restore_account(actor=sysop, user=lent.alice)
        with pytest.raises(PermissionDenied):
            actions.edit_matrix(actor=lent.alice, room=lent.room, matrix={Role.USER: set()})
        assert role_of(lent.alice, lent.room) == ("moderator", ["moderator"])

    def test_nobody_else_may(self, harbour: Harbour) -> None:
        for person in (harbour.bob, harbour.carol, harbour.mallory):
            assert browser_of(person).get(TRANSFER).status_code == 403
            with pytest.raises(PermissionDenied):
                actions.transfer_room(actor=person, room=harbour.room, subject=harbour.carol)
        assert creators(harbour.room) == ["alice"]

    def test_she_is_no_heir_herself(self, lent: Harbour) -> None:
        with pytest.raises(actions.OutOfReach):
            actions.transfer_room(actor=lent.bob, room=lent.room, subject=lent.alice)

    @pytest.mark.parametrize("how", ["in the admin", "by REST"])
    def test_staff_appoint_one(self, harbour: Harbour, sysop: User, how: str) -> None:
        if how == "by REST":
            answer = Caller(sysop).patch(STAFF_ROLE.format("harbour", "carol"), {"role": "creator", "reason": "Asked"})
            assert answer.status_code == 204
        else:
            membership = Membership.objects.get(room=harbour.room, user=harbour.carol)
            address = path(Membership, f"{membership.pk}/change/")
            assert browser_of(sysop).post(address, {"role": "creator"}).status_code == 302
        assert creators(harbour.room) == ["carol"]
        assert Room.objects.get(pk=harbour.room.pk).creator == harbour.carol
        assert role_of(harbour.alice, harbour.room) == ("moderator", ["moderator"])
        assert deeds(harbour.room) == [("room_transferred", "sysop", "carol")]

    def test_staff_appoint_moderators_too_and_leave_the_creators_place_to_be_given(
        self, harbour: Harbour, sysop: User
    ) -> None:
        actions.change_role_as_staff(actor=sysop, room=harbour.room, subject=harbour.carol, role=Role.MODERATOR)
        assert role_of(harbour.carol, harbour.room) == ("moderator", ["moderator"])
        for role in Role:
            with pytest.raises(actions.OutOfReach):
                actions.change_role_as_staff(actor=sysop, room=harbour.room, subject=harbour.alice, role=role)
        hers = Membership.objects.get(room=harbour.room, user=harbour.alice)
        assert browser_of(sysop).post(path(Membership, f"{hers.pk}/change/"), {"role": "user"}).status_code == 403

    def test_who_cannot_act_is_not_appointed(self, harbour: Harbour, sysop: User) -> None:
        suspend_account(actor=sysop, user=harbour.carol)
        membership = Membership.objects.get(room=harbour.room, user=harbour.carol)
        assert browser_of(sysop).post(
            path(Membership, f"{membership.pk}/change/"), {"role": "creator"}
        ).status_code in {
            200,
            403,
        }
        with pytest.raises(actions.OutOfReach):
            actions.change_role_as_staff(actor=sysop, room=harbour.room, subject=harbour.carol, role=Role.CREATOR)
        assert creators(harbour.room) == ["alice"]


class TestOnceTheCreatorIsGone:
    @pytest.fixture(autouse=True)
    def gone(self, lent: Harbour) -> None:
        lent.alice.delete()

    def test_a_moderator_who_was_lent_the_right_gives_the_room_a_head(self, lent: Harbour) -> None:
        actions.transfer_room(actor=lent.bob, room=lent.room, subject=lent.carol)
        assert creators(lent.room) == ["carol"]

    def test_staff_appoint_one(self, harbour: Harbour, sysop: User) -> None:
        actions.change_role_as_staff(actor=sysop, room=harbour.vault, subject=harbour.bob, role=Role.CREATOR)
        assert creators(harbour.vault) == ["bob"]
        assert AuditEntry.objects.filter(room=harbour.vault, deed="room_transferred", actor=sysop).exists()


def test_the_lobby_belongs_to_the_site_and_gets_no_creator(harbour: Harbour, sysop: User) -> None:
    lobby = ensure_lobby()
    for person in (harbour.carol, make_user("dave")):
        with pytest.raises(actions.LobbyStays):
            actions.change_role_as_staff(actor=sysop, room=lobby, subject=person, role=Role.CREATOR)
    assert Caller(sysop).patch(STAFF_ROLE.format("lobby", "carol"), {"role": "creator"}).status_code == 409
    membership = Membership.objects.get(room=lobby, user=harbour.carol)
    assert browser_of(sysop).post(path(Membership, f"{membership.pk}/change/"), {"role": "creator"}).status_code == 200
    assert creators(lobby) == []
