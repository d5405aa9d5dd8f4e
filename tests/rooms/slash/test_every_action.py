"""Every action is also a command: whoever adds an action adds one, or says here why there is none."""

import inspect
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import User
from rooms import actions, slash
from rooms.access import ChannelAccess
from rooms.models import Invitation, Message, Report, Room
from rooms.models.channel import ChannelKind
from rooms.models.room import Visibility
from tests.factories import make_channel, make_room, post
from tests.rooms.conftest import Harbour
from tests.rooms.slash.typing import typed
from voice.state import Participant, voice_state

WITHOUT = {
    "post_message": "typing itself; two slashes at the beginning write one",
    "mark_read": "done by reading",
    "ensure_lobby": "nobody's deed",
    "set_room_icon": "takes a picture, which cannot be typed",
    "restore_room": "a deleted room has no channel to type in",
    "approve_game_tag": "the site's, of no room",
    "reject_game_tag": "the site's, of no room",
    "merge_game_tags": "the site's, of no room",
    "change_role_as_staff": "the site's, of no room",
    "unban_member_as_staff": "the site's, of no room",
    "lift_timeout_as_staff": "the site's, of no room",
    "lift_voice_sanction_as_staff": "the site's, of no room",
    "revoke_invitation_as_staff": "the site's, of no room",
}

# What alice types in her room; then bob, to whom she handed it over. {names} stand for what is there.
ALICE = """
/edit #{mine} better words
/pin #{hers} keep it
/unpin #{hers}
/delete #{hers} rude
/delete 2 @carol rude
/timeout @carol 10m
/untimeout @carol
/nick @carol "Captain C" as she asked
/role @carol moderator
/role @carol member
/review @carol look
/mute @carol
/unmute @carol
/deafen @carol
/undeafen @carol
/priority @carol
/unpriority @carol
/move @carol deck too loud
/disconnect @carol too loud
/kick @carol
/ban @carol 7d delete:day spam
/unban @carol
/slow 30
/lock
/unlock
/call voice people:5
/caption welcome, all
/hangup
/topic All about the sea
/filter add "black spot" nobody says so
/game add Chess
/game remove Chess
/deny member send_messages
/invite 1d 5
/revoke {code}
/report @bob loud
/claim {report}
/release {report}
/resolve {report} talked to him
/dismiss {other_report} nothing in it
/channel new Annex
/channel name Harbour wall
/channel down
/channel delete annex done with it
/category new Maps
/category new Games
/category name Games Plays
/category up Plays
/category delete Plays
/room name Haven
/room picture remove
/room new Quay
/join pier-of-mallory
/join {link}
/transfer @bob Haven
/leave
"""
BOB = """
/help
/room delete Haven nobody comes
"""


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the actions that commands call, from now on; a page that is shown in between calls some, too."""
    called: set[str] = set()
    running: list[str] = []

    def spy(name: str, action: Callable[..., Any]) -> Callable[..., Any]:
        def act(*args: Any, **options: Any) -> Any:
            called.update([name] if running else [])
            return action(*args, **options)

        return act

    def run(access: ChannelAccess, body: str, answering: Message | None = None) -> slash.Done:
        running.append(body)
        try:
            return really_run(access, body, answering)
        finally:
            running.clear()

    really_run = slash.run
    monkeypatch.setattr(slash, "run", run)
    for name in every_action():
        monkeypatch.setattr(actions, name, spy(name, getattr(actions, name)))
    return called


def in_call(user: User, room: Room) -> None:
    """Put somebody into the room's first voice channel, as joining its call does."""
    channel = room.channels.get(slug="voice").pk
    voice_state().enter(
        Participant(session=user.username, channel=channel, user=user.pk, username=user.username, name="", since=0)
    )


def every_action() -> list[str]:
    return [name for name in actions.__all__ if inspect.isfunction(getattr(actions, name))]


def test_every_action_is_a_command(harbour: Harbour, called: set[str]) -> None:
    make_room(harbour.mallory, "Pier of Mallory")
    grotto = make_room(harbour.mallory, "Grotto", Visibility.PRIVATE)
    invitation = Invitation.objects.create(room=grotto, creator=harbour.mallory)
    reports = [
        Report.objects.create(room=harbour.room, reporter=harbour.carol, subject=harbour.bob, reason="Noise")
        for _ in range(2)
    ]
    names = {
        "mine": post(harbour.alice, harbour.general).pk,
        "hers": post(harbour.carol, harbour.general).pk,
        "code": Invitation.objects.create(room=harbour.room, creator=harbour.bob).code,
        "link": f"https://chat.example{invitation.get_absolute_url()}",
        "report": reports[0].pk,
        "other_report": reports[1].pk,
    }
    post(harbour.carol, harbour.general)
    make_channel(harbour.room, "deck", ChannelKind.VOICE)
    in_call(harbour.alice, harbour.room)
    in_call(harbour.carol, harbour.room)
    for person, lines in ((harbour.alice, ALICE), (harbour.bob, BOB)):
        for line in lines.strip().splitlines():
            said = typed(person, line.format(**names))
            assert said.done, f"{line}: {said.words}"
    assert set(every_action()) - called == set(WITHOUT)


@pytest.mark.django_db
def test_every_command_says_how_it_is_typed() -> None:
    assert len(slash.COMMANDS) > 40
    for name, command in slash.COMMANDS.items():
        assert command.usages, name
        assert all(str(usage).startswith(f"/{name}") for usage in command.usages), name
        assert str(command.what).endswith(".")


def test_the_page_of_the_documentation_is_what_the_code_declares() -> None:
    printed = StringIO()
    call_command("commands_table", stdout=printed)
    page = (settings.BASE_DIR / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == printed.getvalue(), "run: python manage.py commands_table > docs/commands.md"
