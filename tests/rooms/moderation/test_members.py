"""Muting, removing and banning: by pages, by REST and by command, each within reach, and what it means after."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from rooms import access as door
from rooms import actions, permissions
from rooms.models import AuditEntry, Ban, Invitation, Membership, Message, Report, Timeout
from rooms.models.audit_entry import Deed
from rooms.permissions import Role
from tests.factories import make_member, make_user, post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of, build_harbour
from tests.rooms.test_actions import at_once
from tests.rooms.views.answers import GENERAL, SEND, text_of

REST = "chat/rooms/harbour/members"
# Each deed by each edge: (the page and its form, the REST call and its body, the command).
DEEDS: dict[str, tuple[tuple[str, dict[str, str]], tuple[str, str, dict[str, Any]], str]] = {
    "time_out": (("timeout", {"duration": "1h"}), ("post", "timeout", {"seconds": 60}), "/timeout @{} 10m loud"),
    "lift_timeout": (("untimeout", {}), ("delete", "timeout", {}), "/untimeout @{}"),
    "kick": (("kick", {}), ("post", "kick", {}), "/kick @{} loud"),
    "ban": (("ban", {"reason": "loud"}), ("post", "ban", {"reason": "loud"}), "/ban @{} 7d loud"),
    "unban": (("unban", {}), ("delete", "ban", {}), "/unban @{}"),
    "review": (("review", {"reason": "loud"}), ("post", "review", {"reason": "loud"}), "/review @{} loud"),
}


def by_page(actor: User, deed: str, subject: str) -> int:
    verb, form = DEEDS[deed][0]
    return browser_of(actor).post(f"/rooms/harbour/members/{subject}/{verb}/", form).status_code


def by_rest(actor: User, deed: str, subject: str) -> int:
    method, path, body = DEEDS[deed][1]
    return getattr(Caller(actor), method)(f"{REST}/{subject}/{path}/", body).status_code


def by_command(actor: User, deed: str, subject: str) -> int:
    return browser_of(actor).post(SEND, {"body": DEEDS[deed][2].format(subject)}).status_code


EDGES: dict[str, Callable[[User, str, str], int]] = {"page": by_page, "REST": by_rest, "command": by_command}
REFUSED = {"page": 403, "REST": 403, "command": 422}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("edge", EDGES)
def test_nobody_reaches_the_creator_another_moderator_or_themself(harbour: Harbour, edge: str, deed: str) -> None:
    grace = make_user("grace")
    make_member(harbour.room, grace, Role.MODERATOR)
    before = Membership.objects.filter(room=harbour.room).count()
    for subject in ("alice", "grace", "bob"):
        assert EDGES[edge](harbour.bob, deed, subject) == REFUSED[edge], subject
    assert EDGES[edge](harbour.alice, deed, "alice") == REFUSED[edge]
    # Nor does a member reach anybody, a stranger included.
    for subject in ("carol", "alice", "mallory"):
        assert EDGES[edge](harbour.carol, deed, subject) == REFUSED[edge]
    assert Membership.objects.filter(room=harbour.room).count() == before
    assert not any(kind.objects.exists() for kind in (Ban, Timeout, Report, AuditEntry))


@pytest.mark.parametrize("edge", EDGES)
def test_a_moderator_does_it_to_a_member_by_every_edge(harbour: Harbour, edge: str) -> None:
    do = EDGES[edge]
    assert do(harbour.bob, "time_out", "carol") < 400
    assert Timeout.objects.get().is_in_force
    assert do(harbour.bob, "lift_timeout", "carol") < 400
    assert not Timeout.objects.exists()
    assert do(harbour.bob, "review", "carol") < 400
    assert Report.objects.get().subject == harbour.carol
    assert do(harbour.bob, "kick", "carol") < 400
    assert not Membership.objects.filter(room=harbour.room, user=harbour.carol).exists()
    assert do(harbour.bob, "ban", "carol") < 400
    assert (Ban.objects.get().by, Ban.objects.get().reason) == (harbour.bob, "loud")
    assert do(harbour.bob, "unban", "carol") < 400
    assert not Ban.objects.exists()
    deeds = AuditEntry.objects.order_by("pk").values_list("deed", flat=True)
    assert list(deeds) == [
        Deed.TIMED_OUT, Deed.TIMEOUT_LIFTED, Deed.SENT_TO_REVIEW, Deed.KICKED, Deed.BANNED, Deed.UNBANNED
    ]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("edge", ["page", "REST"])
def test_nobody_is_done_anything_who_does_not_exist(harbour: Harbour, edge: str, deed: str) -> None:
    assert EDGES[edge](harbour.bob, deed, "nobody-at-all") == 404


def test_a_right_that_was_taken_while_the_form_was_open_is_gone(harbour: Harbour) -> None:
    bob = browser_of(harbour.bob)
    address = "/rooms/harbour/members/carol/ban/"
    assert bob.get(address).status_code == 200
    actions.change_role(actor=harbour.alice, room=harbour.room, subject=harbour.bob, role=Role.USER)
    assert bob.post(address, {}).status_code == 403
    assert not Ban.objects.exists()


def test_the_form_keeps_what_was_typed(harbour: Harbour) -> None:
    bob = browser_of(harbour.bob)
    answer = bob.post("/rooms/harbour/members/carol/ban/", {"duration": "99y", "reason": "x" * 301, "delete": "1h"})
    assert answer.status_code == 422
    page = text_of(answer)
    assert "x" * 301 in page
    assert '<option value="1h" selected>those of the last hour' in page
    answer = bob.post("/rooms/harbour/members/carol/review/", {"reason": " "})
    assert answer.status_code == 422
    assert not Ban.objects.exists()
    assert not Report.objects.exists()


class TestABan:
    def test_it_outlives_everything_the_banned_may_try(self, harbour: Harbour) -> None:
        until = timezone.now() + timedelta(days=7)
        actions.ban_member(actor=harbour.bob, room=harbour.room, subject=harbour.carol, until=until, reason="Loud")
        carol = browser_of(harbour.carol)
        for page in (GENERAL, "/rooms/harbour/", f"{GENERAL}changes/?after=0", f"{GENERAL}pinned/"):
            answer = carol.get(page)
            assert answer.status_code == 403
            assert "You are banned from Harbour" in text_of(answer)
            assert "Loud" in text_of(answer)
        assert carol.post("/rooms/harbour/join/").status_code == 403
        assert carol.post(SEND, {"body": "Ahoy"}).status_code == 403
        answer = Caller(harbour.carol).get("chat/rooms/harbour/")
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith("You are banned from Harbour until ")
        assert not Membership.objects.filter(room=harbour.room, user=harbour.carol).exists()

    def test_it_ends(self, harbour: Harbour) -> None:
        actions.ban_member(
            actor=harbour.bob, room=harbour.room, subject=harbour.carol, until=timezone.now() - timedelta(seconds=1)
        )
        carol = browser_of(harbour.carol)
        assert carol.post("/rooms/harbour/join/").status_code == 302
        assert carol.post(SEND, {"body": "Ahoy"}).status_code == 302

    def test_a_private_room_is_one_that_does_not_exist_for_the_banned(self, harbour: Harbour) -> None:
        actions.ban_member(actor=harbour.bob, room=harbour.vault, subject=harbour.carol)
        assert browser_of(harbour.carol).get("/rooms/vault/").status_code == 404

    def test_a_stranger_is_banned_before_they_come(self, harbour: Harbour) -> None:
        assert by_page(harbour.bob, "ban", "mallory") == 302
        assert browser_of(harbour.mallory).get(GENERAL).status_code == 403

    @pytest.mark.parametrize(("delete", "left"), [("", 3), ("1h", 2), ("1d", 1)])
    def test_it_takes_messages_with_it(self, harbour: Harbour, delete: str, left: int) -> None:
        for hours in (0, 5, 30):
            message = post(harbour.carol, harbour.general, f"{hours} hours ago")
            Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(hours=hours, minutes=1))
        elsewhere = post(harbour.carol, harbour.strongbox, "in another room")
        other = post(harbour.alice, harbour.general, "hers")
        form = {"duration": "1d", "delete": delete}
        assert browser_of(harbour.bob).post("/rooms/harbour/members/carol/ban/", form).status_code == 302
        there = Message.objects.filter(deleted_at=None)
        assert there.filter(author=harbour.carol, channel=harbour.general).count() == left
        assert set(there) >= {elsewhere, other}
        assert AuditEntry.objects.get().details["deleted"] == 3 - left

    def test_the_list_tells_of_it_and_ends_it(self, harbour: Harbour) -> None:
        by_page(harbour.bob, "ban", "carol")
        by_page(harbour.bob, "time_out", "mallory")
        bob = browser_of(harbour.bob)
        page = text_of(bob.get("/rooms/harbour/settings/bans/"))
        assert "/rooms/harbour/members/carol/unban/" in page
        assert "/rooms/harbour/members/mallory/untimeout/" in page
        assert "loud" in page
        assert [
            ban["user"]["username"] for ban in Caller(harbour.bob).get("chat/rooms/harbour/bans/").json()["results"]
        ]
        assert browser_of(harbour.carol).get("/rooms/harbour/settings/bans/").status_code == 403
        assert browser_of(harbour.mallory).get("/rooms/vault/settings/bans/").status_code == 404


class TestATimeout:
    def test_the_composer_gives_way_to_the_reason_and_comes_back(self, harbour: Harbour) -> None:
        timeout = actions.time_out_member(
            actor=harbour.bob,
            room=harbour.room,
            subject=harbour.carol,
            until=timezone.now() + timedelta(minutes=10),
            reason="Too loud",
        )
        carol = browser_of(harbour.carol)
        page = text_of(carol.get(GENERAL))
        assert "You are muted in this room until" in page
        assert "Too loud" in page
        assert 'id="composer"' not in page
        assert 'data-ends-in="600"' in page
        assert carol.post(SEND, {"body": "Ahoy"}).status_code == 403

        # Leaving and coming back does not end it.
        carol.post("/rooms/harbour/leave/")
        carol.post("/rooms/harbour/join/")
        assert carol.post(SEND, {"body": "Ahoy"}).status_code == 403

        Timeout.objects.filter(pk=timeout.pk).update(until=timezone.now())
        assert 'id="composer"' in text_of(carol.get(GENERAL))
        assert carol.post(SEND, {"body": "Ahoy"}).status_code == 302

    def test_it_is_felt_though_it_came_after_the_edge_had_looked(self, harbour: Harbour) -> None:
        channel = door.get_channel(harbour.carol, "harbour", "general", permissions.SEND_MESSAGES).channel
        until = timezone.now() + timedelta(minutes=10)
        actions.time_out_member(actor=harbour.bob, room=harbour.room, subject=harbour.carol, until=until)
        with pytest.raises(PermissionDenied):
            actions.post_message(actor=harbour.carol, channel=channel, body="Ahoy", client_id=uuid.uuid4())
        assert not Message.objects.exists()
        channel.refresh_from_db()
        assert channel.seq == 0, "what was not stored must not count as a change"

    def test_so_is_a_removal(self, harbour: Harbour) -> None:
        channel = door.get_channel(harbour.carol, "harbour", "general", permissions.SEND_MESSAGES).channel
        actions.kick_member(actor=harbour.bob, room=harbour.room, subject=harbour.carol)
        with pytest.raises(PermissionDenied):
            actions.post_message(actor=harbour.carol, channel=channel, body="Ahoy", client_id=uuid.uuid4())


@pytest.mark.services
class TestAtOnce:
    @pytest.fixture
    def stored(self, transactional_db: None, told: Told) -> Harbour:
        return build_harbour()

    def test_a_ban_by_one_who_is_being_dismissed_happens_before_it_or_not_at_all(self, stored: Harbour) -> None:
        """Whichever comes second sees what the first has done."""
        dismissed, banned = at_once(
            lambda: actions.change_role(actor=stored.alice, room=stored.room, subject=stored.bob, role=Role.USER),
            lambda: actions.ban_member(actor=stored.bob, room=stored.room, subject=stored.carol),
        )
        dismissed.result()
        entries = list(AuditEntry.objects.order_by("pk").values_list("deed", flat=True))
        if banned.exception() is None:
            assert entries == [Deed.BANNED, Deed.ROLE_CHANGED]
            assert Ban.objects.filter(user=stored.carol).exists()
        else:
            assert isinstance(banned.exception(), PermissionDenied)
            assert entries == [Deed.ROLE_CHANGED]
            assert not Ban.objects.exists()

    def test_a_promotion_that_races_a_ban_leaves_no_banned_moderator(self, stored: Harbour) -> None:
        """Alice appoints carol at the moment when bob bans her: she is a moderator, or banned, and never both."""
        promoted, banned = at_once(
            lambda: actions.change_role(
                actor=stored.alice, room=stored.room, subject=stored.carol, role=Role.MODERATOR
            ),
            lambda: actions.ban_member(actor=stored.bob, room=stored.room, subject=stored.carol),
        )
        is_moderator = Membership.objects.filter(room=stored.room, user=stored.carol, role=Role.MODERATOR).exists()
        is_banned = Ban.objects.filter(room=stored.room, user=stored.carol).exists()
        assert is_moderator != is_banned
        assert (promoted.exception() is None) == is_moderator
        assert (banned.exception() is None) == is_banned
        # No group of the room is left to somebody who does not belong to it.
        groups = stored.carol.groups.filter(rolegroup__room=stored.room).count()
        assert groups == (1 if is_moderator else 0)


def test_a_ban_ends_the_invitations_of_the_banned(harbour: Harbour) -> None:
    """By a link of their own they would come back under another name."""
    theirs, ours = (
        Invitation.objects.create(room=harbour.room, creator=creator) for creator in (harbour.carol, harbour.alice)
    )
    actions.ban_member(actor=harbour.bob, room=harbour.room, subject=harbour.carol)
    assert not Invitation.objects.get(pk=theirs.pk).is_valid
    assert Invitation.objects.get(pk=ours.pk).is_valid
