"""Who hears of people: members from whom the right to see each other was taken do not learn it from their sockets."""

from typing import Any

import pytest

from eclipse.hub import hub
from rooms import actions
from rooms.actions.roles import matrix_of
from rooms.consumers import PresenceConsumer
from rooms.models.channel import members_topic
from rooms.permissions import VIEW_MEMBERS, Role
from tests.factories import make_member, make_room, make_user, post
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, Open, do, until

pytestmark = pytest.mark.services

OF_PEOPLE = ("presence_changed", "member_joined", "member_changed", "member_left")


def hide_members(harbour: Harbour) -> None:
    """What alice decides: members do not see each other."""
    users = matrix_of(harbour.room)[Role.USER]
    actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.USER: users - {VIEW_MEMBERS}})


def show_members(harbour: Harbour) -> None:
    users = matrix_of(harbour.room)[Role.USER]
    actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.USER: users | {VIEW_MEMBERS}})


def come_and_go(harbour: Harbour) -> None:
    actions.join_room(actor=harbour.mallory, room=harbour.room)
    actions.set_nickname(actor=harbour.mallory, room=harbour.room, subject=harbour.mallory, nickname="Nemo")
    actions.leave_room(actor=harbour.mallory, room=harbour.room)


async def test_members_who_may_not_see_each_other_hear_of_nobody(stored: Harbour, visit: Open) -> None:
    await do(hide_members)(stored)
    bob, carol = await visit(stored.bob, CHAT), await visit(stored.carol, CHAT)
    here = f'event="presence_changed" room="{stored.room.pk}" user="{stored.alice.pk}"'
    await visit(stored.alice, CHAT)
    await bob.hears(here)
    await do(come_and_go)(stored)
    await do(post)(stored.alice, stored.general, "Ahoy")

    heard_by_bob = await bob.hears("channel_active")
    heard_by_carol = await carol.hears("Ahoy") + await carol.hears(f'channel_active" room="{stored.room.pk}"')
    for event in OF_PEOPLE:
        assert f'event="{event}" room="{stored.room.pk}"' in heard_by_bob
        assert f'event="{event}" room="{stored.room.pk}"' not in heard_by_carol


async def test_the_right_is_taken_from_open_pages_and_given_back_to_them(stored: Harbour, visit: Open) -> None:
    topic = members_topic(stored.room.pk)
    carol = await visit(stored.carol, CHAT)
    assert hub.has_topic(topic)
    await do(hide_members)(stored)
    await until(lambda: not hub.has_topic(topic))
    await do(come_and_go)(stored)
    await do(post)(stored.alice, stored.general, "Ahoy")
    assert "member_joined" not in await carol.hears("Ahoy")
    await do(show_members)(stored)
    await until(lambda: hub.has_topic(topic))
    await do(actions.join_room)(actor=stored.mallory, room=stored.room)
    await carol.hears(f'event="member_joined" room="{stored.room.pk}" user="{stored.mallory.pk}"')


async def test_whoever_is_removed_learns_of_it_without_seeing_anybody(stored: Harbour, visit: Open) -> None:
    await do(hide_members)(stored)
    carol = await visit(stored.carol, "/ws/presence/")
    await do(actions.kick_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
    await carol.hears(f'event="member_left" room="{stored.room.pk}" user="{stored.carol.pk}"')


def test_the_topics_of_many_rooms_are_looked_up_as_those_of_one(
    harbour: Harbour, django_assert_num_queries: Any
) -> None:
    dora = make_user("dora")
    consumer = PresenceConsumer()
    consumer.user = dora
    with django_assert_num_queries(1):
        consumer.own_topics()
    rooms = [make_room(harbour.alice, f"Cove {number}") for number in range(5)]
    for room in rooms:
        make_member(room, dora)
    with django_assert_num_queries(1):
        topics = consumer.own_topics()
    assert {members_topic(room.pk) for room in rooms} < topics
