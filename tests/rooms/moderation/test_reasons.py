"""Why something was done: asked for by every edge, by one rule, and kept in the audit log."""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

import rooms.actions
from accounts.models import User
from rooms import actions
from rooms.models import AuditEntry, Ban, Channel, Invitation, Message, Timeout, VoiceSanction
from rooms.models.audit_entry import Deed
from tests.factories import make_channel, post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.views.answers import text_of

WHY = "Because of the storm"
# Kept by what they hold themselves, or of no room; or nothing that somebody would ask a reason for.
NO_REASON = {
    "set_room_icon": "a setting", "remove_room_icon": "a setting", "edit_room": "the log keeps before and after",
    "create_channel": "takes nothing from anybody", "edit_channel": "the log keeps before and after",
    "move_channel": "a setting", "create_category": "a setting", "edit_category": "a setting",
    "move_category": "a setting", "delete_category": "its channels stay", "restore_room": "the creator's own",
    "add_game_tag": "a setting", "remove_game_tag": "a setting", "create_invitation": "takes nothing from anybody",
    "create_room": "one's own", "join_room": "one's own", "leave_room": "one's own", "accept_invitation": "one's own",
    "post_message": "one's own", "edit_message": "one's own", "mark_read": "one's own", "write_caption": "one's own",
    "leave_call": "one's own", "ensure_lobby": "nobody's deed",
    "claim_report": "says nothing of anybody", "release_report": "says nothing of anybody",
    "resolve_report": "its outcome is the reason", "dismiss_report": "its outcome is the reason",
    "approve_game_tag": "the site's, of no room", "reject_game_tag": "the site's, of no room",
    "merge_game_tags": "the site's, of no room",
}  # fmt: skip
# REST edges that take something away and whose action is one of those.
PLAIN_DELETIONS = {operation for operation in NO_REASON if operation.startswith(("remove_", "delete_", "release_"))} | {
    "leave_call",
    "restore_account",
}


@dataclass
class Case:
    """A deed, by its page with what a form sends and by its REST edge with what a program sends."""

    deed: str
    page: str
    rest: str
    form: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    method: str = "post"
    before: Callable[[Harbour, Message], object] = lambda harbour, message: None
    name: str = "reason"


def _ban(harbour: Harbour, message: Message) -> None:
    Ban.objects.create(room=harbour.room, user=harbour.mallory, by=harbour.bob)


def _mute(harbour: Harbour, message: Message) -> None:
    Timeout.objects.create(room=harbour.room, user=harbour.carol, by=harbour.bob, until="2100-01-01T00:00Z")


def _pin(harbour: Harbour, message: Message) -> None:
    actions.pin_message(actor=harbour.bob, message=message)


def _lock(harbour: Harbour, message: Message) -> None:
    actions.lock_channel(actor=harbour.bob, channel=harbour.general)


def _silence(harbour: Harbour, message: Message) -> None:
    VoiceSanction.objects.create(room=harbour.room, user=harbour.carol, is_muted=True, is_deafened=True)


def _prefer(harbour: Harbour, message: Message) -> None:
    actions.give_priority(actor=harbour.bob, room=harbour.room, subject=harbour.carol)


MEMBER, MALLORY = "members/carol", "members/mallory"
CASES = [
    Case(Deed.TIMED_OUT, f"{MEMBER}/timeout/", f"{MEMBER}/timeout/", {"duration": "1h"}, {"seconds": 60}),
    Case(Deed.TIMEOUT_LIFTED, f"{MEMBER}/untimeout/", f"{MEMBER}/timeout/", method="delete", before=_mute),
    Case(Deed.KICKED, f"{MEMBER}/kick/", f"{MEMBER}/kick/"),
    Case(Deed.BANNED, f"{MEMBER}/ban/", f"{MEMBER}/ban/"),
    Case(Deed.UNBANNED, f"{MALLORY}/unban/", f"{MALLORY}/ban/", method="delete", before=_ban),
    Case(Deed.SENT_TO_REVIEW, f"{MEMBER}/review/", f"{MEMBER}/review/"),
    Case(Deed.MESSAGE_DELETED, "general/{message}/delete/", "messages/{message}/", method="delete"),
    Case(
        Deed.MESSAGES_DELETED, "general/delete/", "messages/delete/", {"message": "{message}"},
        {"channel": "{channel}", "messages": ["{message}"]},
    ),
    Case(Deed.MESSAGE_PINNED, "general/{message}/pin/", "messages/{message}/pin/"),
    Case(
        Deed.MESSAGE_UNPINNED, "general/{message}/unpin/", "messages/{message}/pin/", method="delete", before=_pin
    ),
    Case(Deed.SLOW_MODE_SET, "general/slow/", "channels/{channel}/slow/", {"seconds": "30"}, {"seconds": 30}, "put"),
    Case(Deed.CHANNEL_LOCKED, "general/lock/", "channels/{channel}/lock/", name="lock-reason"),
    Case(
        Deed.CHANNEL_UNLOCKED, "general/unlock/", "channels/{channel}/lock/", method="delete", before=_lock,
        name="lock-reason",
    ),
    Case(Deed.VOICE_MUTED, f"{MEMBER}/voice-mute/", f"{MEMBER}/voice-mute/"),
    Case(Deed.VOICE_UNMUTED, f"{MEMBER}/voice-unmute/", f"{MEMBER}/voice-mute/", method="delete", before=_silence),
    Case(Deed.VOICE_DEAFENED, f"{MEMBER}/voice-deafen/", f"{MEMBER}/voice-deafen/"),
    Case(
        Deed.VOICE_UNDEAFENED, f"{MEMBER}/voice-undeafen/", f"{MEMBER}/voice-deafen/", method="delete", before=_silence
    ),
    Case(Deed.PRIORITY_GIVEN, f"{MEMBER}/voice-priority/", f"{MEMBER}/voice-priority/"),
    Case(
        Deed.PRIORITY_TAKEN, f"{MEMBER}/voice-no-priority/", f"{MEMBER}/voice-priority/", method="delete",
        before=_prefer,
    ),
    Case(
        Deed.CALL_LIMITED, "voice/call/", "channels/{voice}/call/", {"call-user_limit": "5", "call-bitrate": "96"},
        {"user_limit": 5}, "patch", name="call-reason",
    ),
    Case(Deed.WORD_FILTER_EDITED, "settings/words/", "words/", {"words": "rum"}, {"words": "rum"}, "put"),
    Case(Deed.ROLE_CHANGED, f"{MEMBER}/role/", f"{MEMBER}/", {"role": "moderator"}, {"role": "moderator"}, "patch"),
    Case(Deed.NICKNAME_CHANGED, f"{MEMBER}/nickname/", f"{MEMBER}/", {"nickname": "C"}, {"nickname": "C"}, "patch"),
    Case(
        Deed.ROOM_TRANSFERRED, "settings/transfer/", "transfer/", {"to": "carol", "confirmation": "Harbour"},
        {"to": "carol", "confirmation": "Harbour"},
    ),
    Case(
        Deed.INVITATION_REVOKED, "settings/invitations/{invitation}/revoke/", "invitations/{invitation}/",
        method="delete",
    ),
    Case(
        Deed.CHANNEL_DELETED, "settings/channels/{annex}/delete/", "channels/{annex}/", {"confirm": "annex"},
        method="delete",
    ),
    Case(Deed.ROOM_DELETED, "settings/delete/", "", {"confirm": "Harbour"}, method="delete"),
]  # fmt: skip


@pytest.fixture
def names(harbour: Harbour) -> dict[str, Any]:
    """What the addresses above name."""
    return {
        "message": post(harbour.carol, harbour.general).pk,
        "channel": harbour.general.pk,
        "annex": make_channel(harbour.room, "annex").pk,
        "voice": Channel.objects.voice().get(room=harbour.room).pk,
        "invitation": Invitation.objects.create(room=harbour.room, creator=harbour.bob).pk,
    }


def filled(value: Any, names: dict[str, Any]) -> Any:
    """`value` with the numbers of what it names; a number stays a number."""
    if isinstance(value, dict):
        return {key: filled(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, names) for each in value]
    if isinstance(value, str) and value.strip("{}") in names and value.startswith("{"):
        return names[value.strip("{}")]
    return value.format(**names) if isinstance(value, str) else value


def by_page(actor: User, case: Case, names: dict[str, Any], why: str) -> Any:
    form = filled(case.form, names) | {case.name: why}
    return browser_of(actor).post(f"/rooms/harbour/{filled(case.page, names)}", form)


def by_rest(actor: User, case: Case, names: dict[str, Any], why: str) -> Any:
    caller = Caller(actor)
    address = f"chat/rooms/harbour/{filled(case.rest, names)}"
    if case.method == "delete":
        return caller.http.delete(f"/api/{address}", headers=caller.headers, query_params={"reason": why})
    return getattr(caller, case.method)(address, filled(case.body, names) | {"reason": why})


BY = {"page": by_page, "REST": by_rest}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.deed)
@pytest.mark.parametrize("edge", BY)
class TestEachDeed:
    def test_keeps_its_reason_in_the_log(self, harbour: Harbour, names: dict[str, Any], edge: str, case: Case) -> None:
        case.before(harbour, Message.objects.get())
        answer = BY[edge](harbour.alice, case, names, "  Because of   the storm ")
        assert answer.status_code < 400, text_of(answer)
        entry = AuditEntry.objects.latest("pk")
        assert (entry.deed, entry.reason) == (case.deed, WHY)

    def test_is_not_done_for_a_reason_that_cannot_be_kept(
        self, harbour: Harbour, names: dict[str, Any], edge: str, case: Case
    ) -> None:
        case.before(harbour, Message.objects.get())
        before = AuditEntry.objects.count()
        for why in ("x" * 301, "Turn\u202earound"):
            answer = BY[edge](harbour.alice, case, names, why)
            assert answer.status_code == (422 if edge == "page" else 400), text_of(answer)
        assert AuditEntry.objects.count() == before


def test_every_deed_takes_a_reason_or_says_why_not() -> None:
    """An action that somebody adds takes a reason, or is told of above."""
    functions = {
        name: getattr(rooms.actions, name)
        for name in rooms.actions.__all__
        if inspect.isfunction(getattr(rooms.actions, name))
    }
    without = {name for name, act in functions.items() if "reason" not in inspect.signature(act).parameters}
    assert without == set(NO_REASON)


@pytest.mark.django_db
def test_every_deletion_over_rest_takes_a_reason_in_its_query() -> None:
    paths = json.loads(Client().get("/api/schema/?format=json").content)["paths"]
    deletions = [methods["delete"] for methods in paths.values() if "delete" in methods]
    without = {
        operation["operationId"]
        for operation in deletions
        if "reason" not in {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    }
    assert without <= PLAIN_DELETIONS, "these take no reason"
    assert len(deletions) - len(without) >= 8
