"""Every address and socket × everybody, against the declared matrix. An address that is not in the tables fails."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import User
from rooms import permissions as p
from rooms.models import Ban, Category, Channel, GameTag, Invitation, Report, Room, Timeout
from rooms.models.report import ReportStatus
from rooms.models.room import Visibility
from rooms.permissions import DEFAULT_MATRIX, GUEST, SILENCED, Role
from tests.factories import make_channel, make_member, make_user, post
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.test_access import undone

ROLES = {"alice": Role.CREATOR, "bob": Role.MODERATOR, "carol": Role.USER, "tim": Role.USER}
EVERYBODY = (*ROLES, "ben", "mallory", "guest")
# What is not a right of the matrix.
ANYBODY, ACCOUNT, STAFF = "anybody", "an account", "site staff"
# Whose message it is (carol's), who filed the report (carol), and what is not there for anybody.
OWN, REPORTER, NOBODY = "the author", "the reporter", "nobody"
# To belong to the room, whatever one may do there; in a public room others are refused.
MEMBER = "member"
# To know that the room exists, and not to be banned from it.
KNOWN = "who may know of the room"

# Name of the page -> the right behind it; where several do, each alone opens it.
PAGES: dict[str, str | tuple[str, ...]] = {
    "room-list": ANYBODY,
    "room-create": ACCOUNT,
    "room": p.VIEW_ROOM,
    "room-join": KNOWN,
    "room-leave": KNOWN,
    "room-members": p.VIEW_MEMBERS,
    "room-member": p.VIEW_MEMBERS,
    "room-sidebar": p.VIEW_ROOM,
    "channel": p.VIEW_ROOM,
    "channel-read": MEMBER,
    "channel-pinned": p.VIEW_ROOM,
    "message": p.VIEW_ROOM,
    "message-menu": p.VIEW_ROOM,
    "message-changes": p.VIEW_ROOM,
    "message-create": p.SEND_MESSAGES,
    "channel-commands": p.SEND_MESSAGES,
    # Carol's: she edits it, and whoever may delete anybody's deletes it.
    "message-edit": OWN,
    "message-delete": (p.DELETE_ANY_MESSAGE, OWN),
    "message-pin": p.PIN_MESSAGES,
    "message-unpin": p.PIN_MESSAGES,
    "message-review": p.HANDLE_REPORTS,
    "messages-delete": p.DELETE_MANY_MESSAGES,
    "channel-slow": p.SET_SLOW_MODE,
    "channel-lock": p.LOCK_CHANNELS,
    "channel-unlock": p.LOCK_CHANNELS,
    "member-timeout": p.TIME_OUT_MEMBERS,
    "member-untimeout": p.TIME_OUT_MEMBERS,
    "member-kick": p.KICK_MEMBERS,
    "member-ban": p.BAN_MEMBERS,
    "member-unban": p.BAN_MEMBERS,
    "member-review": p.HANDLE_REPORTS,
    "member-voice-mute": p.MODERATE_VOICE,
    "member-voice-unmute": p.MODERATE_VOICE,
    "member-voice-deafen": p.MODERATE_VOICE,
    "member-voice-undeafen": p.MODERATE_VOICE,
    "member-voice-move": p.MODERATE_VOICE,
    "member-voice-disconnect": p.MODERATE_VOICE,
    "member-voice-priority": p.MODERATE_VOICE,
    "member-voice-no-priority": p.MODERATE_VOICE,
    "member-voice": p.MODERATE_VOICE,
    "channel-call": (p.MODERATE_VOICE, p.LOCK_CHANNELS),
    "member-role": p.MANAGE_ROLES,
    "member-nickname": p.KICK_MEMBERS,
    "room-bans": (p.BAN_MEMBERS, p.TIME_OUT_MEMBERS, p.MODERATE_VOICE),
    "room-words": p.EDIT_WORD_FILTER,
    "room-permissions": p.MANAGE_ROLES,
    "room-transfer": p.TRANSFER_ROOM,
    "report-create": p.FILE_REPORTS,
    "room-reports": p.HANDLE_REPORTS,
    "report": p.HANDLE_REPORTS,
    "report-claim": p.HANDLE_REPORTS,
    "report-release": p.HANDLE_REPORTS,
    "room-audit": p.VIEW_AUDIT_LOG,
    "my-reports": ACCOUNT,
    "report-outcome": REPORTER,
    "staff-reports": STAFF,
    "staff-report": STAFF,
    "room-invitations": p.CREATE_INVITATIONS,
    "invitation-revoke": p.CREATE_INVITATIONS,
    "room-tags": p.EDIT_GAME_TAGS,
    "room-tag-remove": p.EDIT_GAME_TAGS,
    "room-settings": p.EDIT_ROOM,
    "room-icon": p.EDIT_ROOM,
    "room-delete": p.DELETE_ROOM,
    # It is there for its creator, and only once the room is deleted: tests/rooms/administration/.
    "room-restore": NOBODY,
    "room-channels": p.MANAGE_CHANNELS,
    "channel-create": p.MANAGE_CHANNELS,
    "channels-order": p.MANAGE_CHANNELS,
    "channel-edit": p.MANAGE_CHANNELS,
    "channel-delete": p.DELETE_CHANNELS,
    "category-create": p.MANAGE_CHANNELS,
    "category-edit": p.MANAGE_CHANNELS,
    "category-delete": p.MANAGE_CHANNELS,
}

# Name and method of the REST edge -> the same.
EDGES: dict[tuple[str, str], str | tuple[str, ...]] = {
    ("rooms", "GET"): ANYBODY,
    ("rooms", "POST"): ACCOUNT,
    ("public-room", "GET"): ANYBODY,
    ("game-tags", "GET"): ANYBODY,
    ("room", "GET"): p.VIEW_ROOM,
    ("join", "POST"): KNOWN,
    ("leave", "POST"): KNOWN,
    ("members", "GET"): p.VIEW_MEMBERS,
    ("member", "GET"): p.VIEW_MEMBERS,
    ("member", "PATCH"): MEMBER,
    ("channels", "GET"): p.VIEW_ROOM,
    ("messages", "GET"): p.VIEW_ROOM,
    ("messages", "POST"): p.SEND_MESSAGES,
    ("message", "GET"): p.VIEW_ROOM,
    ("message", "PATCH"): OWN,
    ("message", "DELETE"): (p.DELETE_ANY_MESSAGE, OWN),
    ("changes", "GET"): p.VIEW_ROOM,
    ("read", "POST"): MEMBER,
    ("permissions", "GET"): p.MANAGE_ROLES,
    ("permissions", "PUT"): p.MANAGE_ROLES,
    ("transfer", "POST"): p.TRANSFER_ROOM,
    ("room-tags", "GET"): p.VIEW_ROOM,
    ("room-tags", "POST"): p.EDIT_GAME_TAGS,
    ("room-tag", "DELETE"): p.EDIT_GAME_TAGS,
    ("invitations", "GET"): p.CREATE_INVITATIONS,
    ("invitations", "POST"): p.CREATE_INVITATIONS,
    ("invitation", "DELETE"): p.CREATE_INVITATIONS,
    ("reports", "GET"): p.HANDLE_REPORTS,
    ("reports", "POST"): p.FILE_REPORTS,
    ("report", "GET"): p.HANDLE_REPORTS,
    ("report-claim", "POST"): p.HANDLE_REPORTS,
    ("report-claim", "DELETE"): p.HANDLE_REPORTS,
    ("report-resolve", "POST"): p.HANDLE_REPORTS,
    ("report-dismiss", "POST"): p.HANDLE_REPORTS,
    ("audit", "GET"): p.VIEW_AUDIT_LOG,
    ("my-reports", "GET"): ACCOUNT,
    ("staff-reports", "GET"): STAFF,
    ("staff-report", "GET"): STAFF,
    ("staff-report", "POST"): STAFF,
    ("waiting-tags", "GET"): STAFF,
    ("approve-tag", "POST"): STAFF,
    ("reject-tag", "POST"): STAFF,
    ("merge-tag", "POST"): STAFF,
    ("staff-role", "PATCH"): STAFF,
    ("staff-ban", "DELETE"): STAFF,
    ("staff-timeout", "DELETE"): STAFF,
    ("staff-voice-sanction", "DELETE"): STAFF,
    ("staff-invitation", "DELETE"): STAFF,
    ("bans", "GET"): p.BAN_MEMBERS,
    ("timeouts", "GET"): p.TIME_OUT_MEMBERS,
    ("member-ban", "POST"): p.BAN_MEMBERS,
    ("member-ban", "DELETE"): p.BAN_MEMBERS,
    ("member-kick", "POST"): p.KICK_MEMBERS,
    ("member-review", "POST"): p.HANDLE_REPORTS,
    ("member-timeout", "POST"): p.TIME_OUT_MEMBERS,
    ("member-timeout", "DELETE"): p.TIME_OUT_MEMBERS,
    ("member-voice-mute", "POST"): p.MODERATE_VOICE,
    ("member-voice-mute", "DELETE"): p.MODERATE_VOICE,
    ("member-voice-deafen", "POST"): p.MODERATE_VOICE,
    ("member-voice-deafen", "DELETE"): p.MODERATE_VOICE,
    ("member-voice-move", "POST"): p.MODERATE_VOICE,
    ("member-voice-disconnect", "POST"): p.MODERATE_VOICE,
    ("member-voice-priority", "POST"): p.MODERATE_VOICE,
    ("member-voice-priority", "DELETE"): p.MODERATE_VOICE,
    ("voice-sanctions", "GET"): p.MODERATE_VOICE,
    ("channel-call", "PATCH"): p.MODERATE_VOICE,
    ("captions", "POST"): p.WRITE_CAPTIONS,
    ("voice", "GET"): p.VIEW_ROOM,
    ("call", "GET"): ACCOUNT,
    ("call", "DELETE"): ACCOUNT,
    ("message-pin", "POST"): p.PIN_MESSAGES,
    ("message-pin", "DELETE"): p.PIN_MESSAGES,
    ("messages-delete", "POST"): p.DELETE_MANY_MESSAGES,
    ("words", "GET"): p.EDIT_WORD_FILTER,
    ("words", "PUT"): p.EDIT_WORD_FILTER,
    ("channel-pinned", "GET"): p.VIEW_ROOM,
    ("channel-lock", "POST"): p.LOCK_CHANNELS,
    ("channel-lock", "DELETE"): p.LOCK_CHANNELS,
    ("channel-slow", "PUT"): p.SET_SLOW_MODE,
    ("room", "PATCH"): p.EDIT_ROOM,
    ("room", "DELETE"): p.DELETE_ROOM,
    ("icon", "PUT"): p.EDIT_ROOM,
    ("icon", "DELETE"): p.EDIT_ROOM,
    ("channels", "POST"): p.MANAGE_CHANNELS,
    ("channel", "PATCH"): p.MANAGE_CHANNELS,
    ("channel", "DELETE"): p.DELETE_CHANNELS,
    ("channel-order", "POST"): p.MANAGE_CHANNELS,
    ("categories", "GET"): p.VIEW_ROOM,
    ("categories", "POST"): p.MANAGE_CHANNELS,
    ("category", "PATCH"): p.MANAGE_CHANNELS,
    ("category", "DELETE"): p.MANAGE_CHANNELS,
    ("category-order", "POST"): p.MANAGE_CHANNELS,
    ("deleted-rooms", "GET"): ACCOUNT,
    ("restore", "POST"): NOBODY,
    ("suspension", "POST"): STAFF,
    ("suspension", "DELETE"): STAFF,
}
# Of no room: tests/accounts/ and, for whoever has a code, tests/rooms/invitations/.
ELSEWHERE = re.compile(r"api/(auth|schema|invites)/")


@dataclass
class Town:
    """A room with somebody of every kind in it, and one of everything that an address can name."""

    room: Room
    people: dict[str, User | None]
    names: dict[str, Any]

    def browser(self, who: str) -> Client:
        browser = browser_of(self.people[who])
        browser.raise_request_exception = False
        return browser


def build_town(harbour: Harbour, visibility: str) -> Town:
    room = harbour.room if visibility == Visibility.PUBLIC else harbour.vault
    channel = harbour.general if visibility == Visibility.PUBLIC else harbour.strongbox
    tim, ben, olga = map(make_user, ("tim", "ben", "olga"))
    for each in (tim, olga):
        make_member(room, each)
    soon = timezone.now() + timedelta(hours=1)
    Timeout.objects.create(room=room, user=tim, by=harbour.bob, until=soon)
    Ban.objects.create(room=room, user=ben, by=harbour.bob)
    message = post(harbour.carol, channel)
    tag = GameTag.objects.create(name="Chess at sea", slug="chess-at-sea", is_approved=True)
    room.tags.add(tag)
    report, closed = (
        Report.objects.create(room=room, reporter=harbour.carol, subject=olga, reason="Noise", status=status)
        for status in (ReportStatus.OPEN, ReportStatus.RESOLVED)
    )
    names = {
        "slug": room.slug,
        "channel": channel.slug,
        "channel_id": make_channel(room, "annex").pk,
        "category_id": Category.objects.create(room=room, name="Games").pk,
        "message_id": message.pk,
        "username": "olga",
        "report_id": report.pk,
        "closed_report_id": closed.pk,
        "invitation_id": Invitation.objects.create(room=room, creator=harbour.alice).pk,
        "tag_id": tag.pk,
        "voice": Channel.objects.voice().get(room=room),
    }
    people: dict[str, User | None] = {name: getattr(harbour, name, None) for name in EVERYBODY}
    return Town(room, people | {"tim": tim, "ben": ben}, names)


def addresses(patterns: list[Any], prefix: str = "", space: str = "") -> Iterator[tuple[str, str, str, Any]]:
    """Namespace, name, address with <parameters>, and view of every URL that leads somewhere."""
    for each in patterns:
        address = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, address, each.namespace or space)
        elif isinstance(each, URLPattern):
            yield space, each.name or "", address, each.callback


def in_space(space: str) -> dict[str, tuple[str, Any]]:
    return {
        name: (address, view) for found, name, address, view in addresses(get_resolver().url_patterns) if found == space
    }


# What `pk` stands for, where it is not an open report's number; and what an address asks for beside.
PK = {"invitation-revoke": "invitation_id", "report-outcome": "closed_report_id"}
QUERY = {"message-changes": "?after=0", "changes": "?after=0", "messages": "?after=0", "report-create": "?member=olga"}


# What is there in voice channels alone.
IN_VOICE = {"channel-call", "captions"}


def filled(address: str, name: str, town: Town) -> str:
    """The address with the names of what there is in the room."""
    own = {"pk": town.names[PK.get(name, "report_id")]}
    if name in IN_VOICE:
        own |= {"channel": town.names["voice"].slug, "channel_id": town.names["voice"].pk}

    def value(match: "re.Match[str]") -> str:
        return str((town.names | own)[match[1]])

    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", value, address) + QUERY.get(name, "")


def outcome(answer: HttpResponse) -> str:
    """What somebody at the door experiences, whichever way it is told."""
    if answer.status_code == 401 or (answer.status_code == 302 and "/accounts/login/" in answer["Location"]):
        return "log in"
    if answer.status_code in {403, 404}:
        return str(answer.status_code)
    # What is wrong with a form is told to those alone who may send it.
    return (
        "in"
        if answer.status_code in {200, 201, 204, 302, 303, 400, 409, 415, 422, 429}
        else f"error {answer.status_code}"
    )


def holds(who: str, rule: str, *, public: bool) -> bool:
    """Whether the declared matrix opens the door."""
    if rule in {OWN, REPORTER}:
        return who == "carol"
    if rule == ANYBODY:
        return True
    if rule == ACCOUNT:
        return who != "guest"
    if rule in {STAFF, NOBODY}:
        return False
    if rule == MEMBER:
        return who in ROLES
    if rule == KNOWN:
        return who in ROLES or (public and who == "mallory")
    if who in ROLES:
        return rule in DEFAULT_MATRIX[ROLES[who]] and not (who == "tim" and rule in SILENCED)
    return public and who != "ben" and rule in GUEST


def expected(who: str, rule: str | tuple[str, ...], *, public: bool) -> set[str]:
    rules = (rule,) if isinstance(rule, str) else rule
    if any(holds(who, each, public=public) for each in rules):
        return {"in"}
    if rules in {(REPORTER,), (NOBODY,)}:
        refused = {"404"}
    elif rules == (STAFF,):
        refused = {"403", "404"}
    else:
        refused = {"403"} if public or who in ROLES else {"404"}
    # A guest may be shown the way in, as long as that is the same for a room that does not exist.
    return refused | {"log in"} if who == "guest" else refused


@pytest.mark.parametrize("visibility", Visibility.values)
def test_every_page_opens_for_those_whom_the_matrix_says(
    harbour: Harbour, subtests: pytest.Subtests, visibility: str
) -> None:
    town = build_town(harbour, visibility)
    pages = in_space("rooms")
    pages.pop("invitation")  # whoever has its code may see it: tests/rooms/invitations/
    assert set(pages) == set(PAGES), "a page and no rule, or a rule and no page"
    for who in EVERYBODY:
        browser = town.browser(who)
        for name, (address, _) in pages.items():
            for method in ("get", "post"):
                with subtests.test(who=who, page=name, method=method), undone():
                    sent = ({"body": "Ahoy", "message": "1"},) if method == "post" else ()
                    answer = getattr(browser, method)(filled(address, name, town), *sent)
                    if answer.status_code != 405:
                        assert outcome(answer) in expected(who, PAGES[name], public=town.room.is_public)


def edges() -> dict[tuple[str, str], str]:
    """Name and method of every REST edge, and its address."""
    return {
        (name, method.upper()): address
        for name, (address, view) in in_space("api").items()
        for method in ("get", "post", "put", "patch", "delete")
        if name and hasattr(view.view_class, method) and not ELSEWHERE.match(address)
    }


@pytest.mark.parametrize("visibility", Visibility.values)
def test_every_edge_opens_for_those_whom_the_matrix_says(
    harbour: Harbour, subtests: pytest.Subtests, visibility: str
) -> None:
    town = build_town(harbour, visibility)
    found = edges()
    assert set(found) == set(EDGES), "an edge and no rule, or a rule and no edge"
    for who in EVERYBODY:
        browser = town.browser(who)
        for (name, method), address in found.items():
            with subtests.test(who=who, edge=name, method=method), undone():
                send = getattr(browser, method.lower())
                address_of_one = filled(address, name, town)
                # The one whose door is in what is sent.
                body = {"message": town.names["message_id"]} if name == "read" else {}
                answer = send(address_of_one) if method == "GET" else send(address_of_one, body, "application/json")
                assert outcome(answer) in expected(who, EDGES[name, method], public=town.room.is_public)


def test_whoever_is_no_member_of_the_staff_has_no_page_of_theirs(harbour: Harbour) -> None:
    town = build_town(harbour, Visibility.PUBLIC)
    sam = make_user("sam")
    sam.is_staff = True
    sam.save()
    browser = browser_of(sam)
    for name, (address, _) in in_space("rooms").items():
        if PAGES.get(name) == STAFF:
            assert browser.get(filled(address, name, town)).status_code == 200
