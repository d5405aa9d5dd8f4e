"""Moderators appointed and dismissed, and rooms handed over: by whom, to whom, and what happens at once."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from rooms import access as door
from rooms import actions, permissions
from rooms.models import Membership, Room
from rooms.models.channel import members_topic
from rooms.permissions import Role
from tests.factories import make_member, make_room, make_user
from tests.rooms import api_people
from tests.rooms.api_people import Caller, People
from tests.rooms.conftest import Harbour, Told, browser_of
from tests.rooms.roles.conftest import at_once, deeds, grant, role_of, take

people = api_people.people
pytestmark = pytest.mark.services

ROLE = "/rooms/harbour/members/{}/role/"
TRANSFER = "/rooms/harbour/settings/transfer/"


def creators(room: Room) -> list[str]:
    return list(Membership.objects.filter(room=room, role=Role.CREATOR).values_list("user__username", flat=True))


class TestAppointing:
    def test_alice_appoints_carol_and_dismisses_her_again(self, harbour: Harbour) -> None:
        browser = browser_of(harbour.alice)
        answer = browser.post(ROLE.format("carol"), {"role": "moderator", "reason": "Awake at night"})
        assert answer["Location"] == "/rooms/harbour/members/carol/"
        assert role_of(harbour.carol, harbour.room) == ("moderator", ["moderator"])
        assert door.get_room(harbour.carol, "harbour").may(permissions.BAN_MEMBERS)
        assert role_of(harbour.carol, harbour.vault) == ("user", ["user"])

        browser.post(ROLE.format("carol"), {"role": "user"})
        assert role_of(harbour.carol, harbour.room) == ("user", ["user"])
        assert not door.get_room(harbour.carol, "harbour").may(permissions.BAN_MEMBERS)
        assert deeds(harbour.room) == [("role_changed", "alice", "carol")] * 2

    def test_the_same_role_again_changes_nothing(self, harbour: Harbour) -> None:
        browser_of(harbour.alice).post(ROLE.format("bob"), {"role": "moderator"})
        assert role_of(harbour.bob, harbour.room) == ("moderator", ["moderator"])
        assert deeds(harbour.room) == []

    def test_her_open_pages_and_everybodys_lists_learn_of_it(self, stored: Harbour, told: Told) -> None:
        actions.change_role(actor=stored.alice, room=stored.room, subject=stored.carol, role=Role.MODERATOR)
        [line] = told.to(members_topic(stored.room.pk))
        assert 'event="member_changed"' in line
        assert f'user="{stored.carol.pk}"' in line
        assert 'data-word="role.moderator"' in line
        assert (f"user.{stored.carol.pk}", "recheck") in told.commands
        assert any('event="standing_changed"' in each for each in told.to(f"user.{stored.carol.pk}"))

    @pytest.mark.parametrize("role", ["creator", "king", "", "moderator\x00"])
    def test_a_role_that_is_not_to_be_given_is_refused(self, harbour: Harbour, role: str) -> None:
        answer = browser_of(harbour.alice).post(ROLE.format("carol"), {"role": role})
        assert answer.status_code == 422
        assert role_of(harbour.carol, harbour.room) == ("user", ["user"])

    def test_there_is_no_making_of_creators(self, harbour: Harbour) -> None:
        with pytest.raises(ValueError, match="creator"):
            actions.change_role(actor=harbour.alice, room=harbour.room, subject=harbour.carol, role=Role.CREATOR)

    def test_nobody_changes_their_own_role(self, harbour: Harbour) -> None:
        grant(harbour.room, Role.MODERATOR, permissions.MANAGE_ROLES)
        for person in (harbour.alice, harbour.bob):
            answer = browser_of(person).post(ROLE.format(person.username), {"role": "user"})
            assert answer.status_code == 403
            with pytest.raises(actions.OutOfReach):
                actions.change_role(actor=person, room=harbour.room, subject=person, role=Role.USER)
        assert creators(harbour.room) == ["alice"]
        assert role_of(harbour.bob, harbour.room) == ("moderator", ["moderator"])

    @pytest.mark.parametrize("subject", ["alice", "dave"])
    def test_a_moderator_reaches_neither_the_creator_nor_another_moderator(
        self, harbour: Harbour, subject: str
    ) -> None:
        grant(harbour.room, Role.MODERATOR, permissions.MANAGE_ROLES)
        make_member(harbour.room, make_user("dave"), Role.MODERATOR)
        person = User.objects.get(username=subject)
        before = role_of(person, harbour.room)
        assert browser_of(harbour.bob).post(ROLE.format(subject), {"role": "user"}).status_code == 403
        with pytest.raises(actions.OutOfReach):
            actions.change_role(actor=harbour.bob, room=harbour.room, subject=person, role=Role.USER)
        assert role_of(person, harbour.room) == before

    def test_a_moderator_who_may_appoints_a_member(self, harbour: Harbour) -> None:
        grant(harbour.room, Role.MODERATOR, permissions.MANAGE_ROLES)
        assert browser_of(harbour.bob).post(ROLE.format("carol"), {"role": "moderator"}).status_code == 302
        assert role_of(harbour.carol, harbour.room) == ("moderator", ["moderator"])

    @pytest.mark.parametrize("name", ["bob", "carol", "mallory"])
    def test_nobody_else_may(self, harbour: Harbour, name: str) -> None:
        assert browser_of(getattr(harbour, name)).post(ROLE.format("carol"), {"role": "moderator"}).status_code == 403
        assert role_of(harbour.carol, harbour.room) == ("user", ["user"])

    @pytest.mark.parametrize("username", ["mallory", "nobody", "alice bob", "☃"])
    def test_who_is_no_member_of_this_room_is_not_there(self, harbour: Harbour, username: str) -> None:
        """Mallory belongs to another room of alice's: her name there is no name here."""
        make_member(harbour.vault, harbour.mallory)
        assert browser_of(harbour.alice).post(ROLE.format(username), {"role": "moderator"}).status_code == 404
        with pytest.raises(Http404):
            actions.change_role(actor=harbour.alice, room=harbour.room, subject=harbour.mallory, role=Role.MODERATOR)
        assert role_of(harbour.mallory, harbour.vault) == ("user", ["user"])

    def test_a_right_that_went_between_opening_the_form_and_sending_it(self, harbour: Harbour) -> None:
        grant(harbour.room, Role.MODERATOR, permissions.MANAGE_ROLES)
        browser = browser_of(harbour.bob)
        assert "Change the role" in browser.get(ROLE.format("carol")).content.decode()
        take(harbour.room, Role.MODERATOR, permissions.MANAGE_ROLES)
        assert browser.post(ROLE.format("carol"), {"role": "moderator"}).status_code == 403
        with pytest.raises(PermissionDenied):
            actions.change_role(actor=harbour.bob, room=harbour.room, subject=harbour.carol, role=Role.MODERATOR)


class TestAtOnce:
    def test_two_moderators_who_dismiss_each_other_do_it_once_or_not_at_all(self, stored: Harbour) -> None:
        """Each stands as high as the other: neither may, whoever comes first."""
        grant(stored.room, Role.MODERATOR, permissions.MANAGE_ROLES)
        dave = make_user("dave")
        make_member(stored.room, dave, Role.MODERATOR)
        ended = at_once(
            lambda: actions.change_role(actor=stored.bob, room=stored.room, subject=dave, role=Role.USER),
            lambda: actions.change_role(actor=dave, room=stored.room, subject=stored.bob, role=Role.USER),
        )
        assert [type(each.exception()) for each in ended] == [actions.OutOfReach] * 2

    def test_the_role_and_the_group_agree_after_an_appointment_and_a_dismissal_at_once(self, stored: Harbour) -> None:
        for _ in range(3):
            ended = at_once(
                lambda: actions.change_role(
                    actor=stored.alice, room=stored.room, subject=stored.carol, role=Role.MODERATOR
                ),
                lambda: actions.change_role(actor=stored.alice, room=stored.room, subject=stored.carol, role=Role.USER),
            )
            assert [each.exception() for each in ended] == [None, None]
            role, groups = role_of(stored.carol, stored.room)
            assert groups == [role]

    def test_a_dismissal_and_a_ban_by_the_one_dismissed_at_once(self, stored: Harbour) -> None:
        """Either the ban came first and holds, or bob had no right any more: never a ban by somebody dismissed."""
        dismissed, banned = at_once(
            lambda: actions.change_role(actor=stored.alice, room=stored.room, subject=stored.bob, role=Role.USER),
            lambda: actions.ban_member(actor=stored.bob, room=stored.room, subject=stored.carol),
        )
        assert dismissed.exception() is None
        assert role_of(stored.bob, stored.room) == ("user", ["user"])
        told = [deed for deed, *_ in deeds(stored.room)]
        if banned.exception() is None:
            assert told == ["banned", "role_changed"]
            assert not Membership.objects.filter(room=stored.room, user=stored.carol).exists()
        else:
            assert isinstance(banned.exception(), PermissionDenied)
            assert told == ["role_changed"]
            assert Membership.objects.filter(room=stored.room, user=stored.carol).exists()

    def test_an_appointment_and_a_ban_of_the_same_person_at_once(self, stored: Harbour) -> None:
        grant(stored.room, Role.MODERATOR, permissions.MANAGE_ROLES)
        appointed, banned = at_once(
            lambda: actions.change_role(
                actor=stored.alice, room=stored.room, subject=stored.carol, role=Role.MODERATOR
            ),
            lambda: actions.ban_member(actor=stored.bob, room=stored.room, subject=stored.carol),
        )
        if banned.exception() is None:
            # Carol was a member still, and is none now; the appointment found nobody.
            assert isinstance(appointed.exception(), Http404)
            assert not stored.carol.groups.filter(rolegroup__room=stored.room).exists()
        else:
            assert isinstance(banned.exception(), actions.OutOfReach)
            assert role_of(stored.carol, stored.room) == ("moderator", ["moderator"])

    def test_a_room_handed_to_two_people_at_once_has_one_creator(self, stored: Harbour) -> None:
        ended = at_once(
            lambda: actions.transfer_room(actor=stored.alice, room=stored.room, subject=stored.bob),
            lambda: actions.transfer_room(actor=stored.alice, room=stored.room, subject=stored.carol),
        )
        assert sorted(type(each.exception()).__name__ for each in ended) == ["NoneType", "PermissionDenied"]
        [creator] = creators(stored.room)
        assert Room.objects.get(pk=stored.room.pk).creator == User.objects.get(username=creator)
        assert role_of(stored.alice, stored.room) == ("moderator", ["moderator"])

    def test_somebody_who_leaves_while_they_are_made_the_creator(self, stored: Harbour) -> None:
        handed, left = at_once(
            lambda: actions.transfer_room(actor=stored.alice, room=stored.room, subject=stored.carol),
            lambda: actions.leave_room(actor=stored.carol, room=stored.room),
        )
        if handed.exception() is None:
            assert isinstance(left.exception(), actions.CreatorStays)
            assert creators(stored.room) == ["carol"]
        else:
            assert isinstance(handed.exception(), Http404)
            assert creators(stored.room) == ["alice"]


class TestHandingOver:
    def send(self, person: User, **data: str) -> int:
        return browser_of(person).post(TRANSFER, {"to": "carol", "confirmation": "Harbour", **data}).status_code

    def test_alice_hands_the_harbour_to_carol(self, harbour: Harbour) -> None:
        assert self.send(harbour.alice, reason="Off to sea") == 302
        assert role_of(harbour.carol, harbour.room) == ("creator", ["creator"])
        assert role_of(harbour.alice, harbour.room) == ("moderator", ["moderator"])
        assert Room.objects.get(slug="harbour").creator == harbour.carol
        assert deeds(harbour.room) == [("room_transferred", "alice", "carol")]
        # And now she can go.
        assert browser_of(harbour.alice).post("/rooms/harbour/leave/").status_code == 302
        assert creators(harbour.vault) == ["alice"]

    @pytest.mark.parametrize("typed", ["harbour", "", "Vault", "Harbour!"])
    def test_the_rooms_name_has_to_be_typed(self, harbour: Harbour, typed: str) -> None:
        assert self.send(harbour.alice, confirmation=typed) == 422
        assert creators(harbour.room) == ["alice"]

    @pytest.mark.parametrize("username", ["mallory", "alice", "nobody", "", "carol\x00"])
    def test_only_another_member_is_an_heir(self, harbour: Harbour, username: str) -> None:
        make_member(harbour.vault, harbour.mallory)
        answer = browser_of(harbour.alice).post(TRANSFER, {"to": username, "confirmation": "Harbour"})
        assert answer.status_code == 422
        # Nothing that was typed is lost.
        assert 'value="Harbour"' in answer.content.decode()
        assert creators(harbour.room) == ["alice"]

    def test_nobody_inherits_who_has_closed_their_account(self, harbour: Harbour) -> None:
        User.objects.filter(pk=harbour.carol.pk).update(is_active=False)
        assert self.send(harbour.alice) == 422
        with pytest.raises(actions.OutOfReach):
            actions.transfer_room(actor=harbour.alice, room=harbour.room, subject=harbour.carol)

    @pytest.mark.parametrize("name", ["bob", "carol", "mallory"])
    def test_nobody_else_hands_it_over(self, harbour: Harbour, name: str) -> None:
        assert self.send(getattr(harbour, name)) == 403
        with pytest.raises(PermissionDenied):
            actions.transfer_room(actor=getattr(harbour, name), room=harbour.room, subject=harbour.carol)
        assert creators(harbour.room) == ["alice"]

    def test_who_was_given_the_right_cannot_take_the_room_themselves(self, harbour: Harbour) -> None:
        grant(harbour.room, Role.MODERATOR, permissions.TRANSFER_ROOM)
        assert self.send(harbour.bob, to="bob") == 403
        with pytest.raises(actions.CreatorDecides):
            actions.transfer_room(actor=harbour.bob, room=harbour.room, subject=harbour.bob)
        assert creators(harbour.room) == ["alice"]

    def test_the_database_itself_refuses_a_second_creator(self, harbour: Harbour) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.filter(room=harbour.room, user=harbour.bob).update(role=Role.CREATOR)

    def test_over_rest(self, people: People) -> None:
        address = "chat/rooms/harbour/transfer/"
        assert people.bob.post(address, {"to": "bob", "confirmation": "Harbour"}).status_code == 403
        for body, fields in (
            ({"to": "mallory", "confirmation": "harbour"}, ["confirmation", "to"]),
            ({"to": "bob"}, ["confirmation"]),
            ({"to": 5, "confirmation": "Harbour"}, ["to"]),
        ):
            answer = people.alice.post(address, body)
            assert answer.status_code == 400
            assert sorted(answer.json()) == fields
        assert people.alice.post(address, {"to": "bob", "confirmation": "Harbour"}).status_code == 204
        assert people.bob.get("chat/rooms/harbour/").json()["role"] == "creator"
        assert people.alice.get("chat/rooms/harbour/").json()["role"] == "moderator"


class TestLeaving:
    @pytest.mark.parametrize("slug", ["harbour", "vault"])
    def test_the_creator_is_told_to_hand_over_or_delete_first(self, harbour: Harbour, slug: str) -> None:
        answer = browser_of(harbour.alice).post(f"/rooms/{slug}/leave/")
        assert answer.status_code == 409
        page = answer.content.decode()
        assert f'href="/rooms/{slug}/settings/transfer/"' in page
        assert f'href="/rooms/{slug}/settings/delete/"' in page
        assert role_of(harbour.alice, Room.objects.get(slug=slug)) == ("creator", ["creator"])

    def test_alone_in_a_room_too(self, harbour: Harbour) -> None:
        room = make_room(harbour.mallory, "Cove")
        with pytest.raises(actions.CreatorStays):
            actions.leave_room(actor=harbour.mallory, room=room)

    def test_over_rest(self, people: People) -> None:
        answer = people.alice.post("chat/rooms/harbour/leave/")
        assert answer.status_code == 409
        assert "Hand the room over" in answer.json()["detail"]


def test_roles_over_rest(harbour: Harbour) -> None:
    alice, bob = Caller(harbour.alice), Caller(harbour.bob)
    address = "chat/rooms/harbour/members/carol/"
    answer = alice.patch(address, {"role": "moderator"})
    assert answer.status_code == 200
    assert (answer.json()["user"]["username"], answer.json()["role"]) == ("carol", "moderator")
    assert bob.patch(address, {"role": "user"}).status_code == 403
    for role in ("creator", "king", 5, None):
        refused = alice.patch(address, {"role": role})
        assert refused.status_code == 400
        assert list(refused.json()) == ["role"]
    assert alice.patch("chat/rooms/harbour/members/mallory/", {"role": "moderator"}).status_code == 404
    # Both or neither: bob may name her, and not dismiss her.
    take(harbour.room, Role.MODERATOR, permissions.KICK_MEMBERS)
    assert alice.patch(address, {"role": "user", "nickname": "Cap\u200bt"}).status_code == 400
    assert role_of(harbour.carol, harbour.room) == ("moderator", ["moderator"])


def test_a_rooms_name_is_text_where_it_is_to_be_typed(harbour: Harbour) -> None:
    # What looks like a tag could send the form's token wherever its author likes.
    Room.objects.filter(pk=harbour.room.pk).update(name="<i hx-post=/language/ hx-trigger=load>")
    page = browser_of(harbour.alice).get(TRANSFER).content.decode()
    assert "Type it to confirm: &lt;i hx-post=/language/ hx-trigger=load&gt;" in page
    assert "<i hx-post" not in page


def test_whoever_is_handed_a_room_while_mute_may_speak_in_it(harbour: Harbour) -> None:
    until = timezone.now() + timedelta(days=1)
    actions.time_out_member(actor=harbour.bob, room=harbour.room, subject=harbour.carol, until=until)
    actions.transfer_room(actor=harbour.alice, room=harbour.room, subject=harbour.carol)
    # Nobody could lift it any more: nobody stands higher than she does.
    assert door.get_room(harbour.carol, "harbour").may_send
