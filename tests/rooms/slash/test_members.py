"""Members by command: named, or as whoever wrote what one answers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rooms import actions
from rooms.models import AuditEntry, Ban, Membership, Message, Report, Timeout, VoiceSanction
from rooms.permissions import Role
from tests.factories import post
from tests.rooms.conftest import Harbour
from tests.rooms.slash.typing import typed


@pytest.mark.parametrize(
    ("line", "left", "days"),
    [
        ("/ban @carol spam", 3, None),
        ("/ban @carol 7d spam", 3, 7),
        ("/ban @carol 7d delete:hour spam", 2, 7),
        ("/ban @carol delete:day 7d spam", 1, 7),
        ("/ban @carol delete:day spam", 1, None),
        ("/ban @carol 7д удалить:день spam", 1, 7),
        ("/ban @carol delete:2h spam", 2, None),
    ],
)
def test_a_ban_takes_a_time_and_messages_with_it(harbour: Harbour, line: str, left: int, days: int | None) -> None:
    for hours in (0, 5, 30):
        message = post(harbour.carol, harbour.general, f"{hours} hours ago")
        Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(hours=hours, minutes=1))
    assert typed(harbour.bob, line).done
    ban = Ban.objects.get()
    assert ban.reason == "spam"
    assert (ban.until is None) == (days is None)
    assert Message.objects.filter(deleted_at=None).count() == left


def test_whoever_wrote_what_is_answered_is_meant(harbour: Harbour) -> None:
    message = post(harbour.carol, harbour.general, "Something **bad**")
    assert typed(harbour.bob, "/review look at this", answering=message).done
    assert Report.objects.get().message == message
    assert typed(harbour.bob, "/timeout 1h so loud", answering=message).done
    assert (Timeout.objects.get().user, Timeout.objects.get().reason) == (harbour.carol, "so loud")
    assert typed(harbour.bob, "/untimeout", answering=message).done
    assert typed(harbour.bob, "/ban 7d so loud", answering=message).done
    assert (Ban.objects.get().user, Ban.objects.get().reason) == (harbour.carol, "so loud")
    # Whoever names somebody means them.
    assert typed(harbour.bob, "/ban @mallory too", answering=message).done
    assert Ban.objects.filter(user=harbour.mallory).exists()


def test_review_quotes_the_last_message(harbour: Harbour) -> None:
    post(harbour.carol, harbour.general, "First")
    said = post(harbour.carol, harbour.general, "Something **bad**")
    assert typed(harbour.bob, "/review @carol again").done
    report = Report.objects.get()
    assert (report.message, report.quoted, report.reporter) == (said, "Something **bad**", harbour.bob)
    # Sending it twice makes one.
    assert typed(harbour.bob, "/review @carol again").done
    assert Report.objects.count() == 1


@pytest.mark.parametrize(("word", "role"), [("moderator", Role.MODERATOR), ("Модератор", Role.MODERATOR)])
def test_a_role_is_given_and_taken(harbour: Harbour, word: str, role: Role) -> None:
    assert typed(harbour.alice, f"/role @carol {word} keeps calm").done
    carols = Membership.objects.get(room=harbour.room, user=harbour.carol)
    assert carols.role == role
    assert AuditEntry.objects.get().reason == "keeps calm"
    assert typed(harbour.alice, "/role @carol участник").done
    carols.refresh_from_db()
    assert carols.role == Role.USER


def test_names_in_the_room(harbour: Harbour) -> None:
    def carol() -> str:
        return Membership.objects.get(room=harbour.room, user=harbour.carol).nickname

    assert typed(harbour.carol, "/nick Old Salt").words == "In this room: Old Salt."
    assert carol() == "Old Salt"
    assert typed(harbour.bob, "/nick @carol «Юнга Кэрол» so that the new ones know").done
    assert carol() == "Юнга Кэрол"
    assert AuditEntry.objects.latest("pk").reason == "so that the new ones know"
    assert typed(harbour.bob, "/nick @carol").done
    assert carol() == ""
    assert not typed(harbour.carol, "/nick @bob Bosun").done
    assert not typed(harbour.carol, "/nick " + "x" * 49).done


def test_voice_channels(harbour: Harbour) -> None:
    assert typed(harbour.bob, "/mute @carol sings").words == "carol is muted in voice channels."
    assert VoiceSanction.objects.get().is_muted
    assert not typed(harbour.carol, "/unmute @carol").done
    assert not typed(harbour.bob, "/mute @alice").done
    assert typed(harbour.alice, "/call voice bitrate:64 people:4 it is a small one").done
    voice = harbour.room.channels.get(slug="voice")
    assert (voice.user_limit, voice.bitrate) == (4, 64)
    assert AuditEntry.objects.latest("pk").reason == "it is a small one"


def test_a_room_is_handed_over(harbour: Harbour) -> None:
    assert typed(harbour.alice, '/transfer @carol "Harbour" I move away').done
    assert Membership.objects.get(room=harbour.room, role=Role.CREATOR).user == harbour.carol
    assert not typed(harbour.alice, '/transfer @bob "Harbour"').done


def test_a_right_that_was_taken_between_is_gone(harbour: Harbour) -> None:
    actions.change_role(actor=harbour.alice, room=harbour.room, subject=harbour.bob, role=Role.USER)
    assert typed(harbour.bob, "/ban @carol").words == "You may not use /ban here."
