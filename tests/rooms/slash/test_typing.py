"""What happens around a command: it is no message, it says what it did, and what it did not do stays typed."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from rooms import slash
from rooms.models import AuditEntry, Ban, Message, Timeout
from tests.factories import post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.slash.typing import typed
from tests.rooms.views.answers import GENERAL, HTMX, SEND, draft_in, errors_in, field, is_page, limits, text_of

MINIMAL = {**HTMX, "Prefer": "return=minimal"}


def test_a_done_command_empties_the_composer_and_says_what_was_done(harbour: Harbour) -> None:
    answer = browser_of(harbour.bob).post(SEND, {"body": "/timeout @carol 2h Too loud"}, headers=HTMX)
    assert (answer.status_code, draft_in(answer), errors_in(answer)) == (200, "", [])
    assert "carol is muted until " in text_of(answer)
    left = Timeout.objects.get().until - timezone.now()
    assert timedelta(minutes=119) < left <= timedelta(hours=2)
    assert Timeout.objects.get().reason == "Too loud"
    assert not Message.objects.exists()


def test_a_page_that_keeps_its_own_composer_is_sent_the_words_alone(harbour: Harbour) -> None:
    answer = browser_of(harbour.bob).post(SEND, {"body": "/lock"}, headers=MINIMAL)
    page = text_of(answer)
    assert page.startswith('<hx-partial hx-target="#composer-done" hx-swap="innerHTML">The channel is locked.<')
    assert 'id="composer"' not in page
    assert answer["Preference-Applied"] == "return=minimal"


def test_whoever_goes_is_led_to_where_they_go_on(harbour: Harbour) -> None:
    answer = browser_of(harbour.carol).post(SEND, {"body": "/leave"}, headers=MINIMAL)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/")
    harbour.general.refresh_from_db()
    assert typed(harbour.alice, "/channel address quay").done
    answer = browser_of(harbour.alice).get("/rooms/harbour/quay/")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("who", "line", "said"),
    [
        ("bob", "/sink @carol", "There is no command /sink. /help shows those that you can use."),
        ("carol", "/ban @bob", "You may not use /ban here."),
        ("bob", "/ban @nobody", "There is nobody called @nobody."),
        ("bob", "/ban", "Type it as: /ban @name 7d delete:day reason"),
        ("bob", "/ban @", "Type it as: /ban @name 7d delete:day reason"),
        ("bob", "/ban @carol 7x", "“7x” is no length of time"),
        # A letter that passes for an s where capitals do not count.
        ("bob", "/ban @carol 7ſ", "“7ſ” is no length of time"),
        ("bob", "/ban @carol 0d", "“0d” is no length of time"),
        ("bob", "/ban @carol delete:week", "Type it as: /ban"),
        ("bob", "/ban @alice", "You cannot do this to yourself"),
        ("bob", "/ban @bob", "You cannot do this to yourself"),
        ("bob", "/kick @carol " + "x" * 301, "Reason: "),
        ("bob", "/kick @carol turn\u202earound", "Use visible characters only."),
        ("bob", "/review @carol", "Type it as: /review @name reason"),
        ("bob", "/slow", "Type it as: /slow 30"),
        ("bob", "/slow fast", "Type it as: /slow 30"),
        ("bob", "/slow 21601", "Slow mode takes at most 6 hours."),
        ("bob", "/", "There is no command /."),
        ("bob", "/ ban @carol", "There is no command /."),
        ("bob", "/pin", "Type it as: /pin #42 reason"),
        ("bob", "/pin #x", "Type it as: /pin #42 reason"),
        ("bob", "/pin #0", "What this is about is not here, or not any more."),
        ("bob", "/pin #99999999999999999999", "Type it as: /pin"),
        ("bob", "/delete 0", "Delete 1 to 100 messages at once."),
        ("bob", "/delete 101", "Delete 1 to 100 messages at once."),
        ("carol", "/delete 5", "You may not use /delete here."),
        ("bob", "/room name Haven", "You may not use /room name here."),
        ("bob", "/channel", "There is no command /channel."),
        ("alice", "/channel", "Type it as: /channel new name · /channel new voice name · "),
        ("alice", "/channel for pirates", "Type it as: /channel for everyone"),
        ("alice", "/channel delete nowhere", "There is nothing called “nowhere” in this room."),
        ("alice", "/role @carol captain", "Type it as: /role @name moderator reason"),
        ("alice", "/allow member fly", "There is no right called “fly”."),
        ("alice", "/deny moderator view_room", "This right goes with the role"),
        ("alice", "/transfer @carol Haven", "Name of the room: This is not the room's name."),
        ("alice", "/room delete Haven", "This is another name. Nothing was deleted."),
        ("alice", "/leave", "Hand the room over or delete it first"),
        ("alice", "/invite 1d 0", "An invitation is for 1 to 1000 people."),
        ("alice", "/invite soon", "Type it as: /invite"),
        ("alice", "/revoke nothing", "What this is about is not here"),
        ("alice", "/join nowhere", "What this is about is not here"),
        ("alice", "/join vault/", "Type it as: /join"),
        ("alice", "/claim 7", "What this is about is not here"),
        ("alice", "/resolve 7", "What this is about is not here"),
        ("alice", "/game add !!!", "Name of the game: "),
        ("alice", "/call general people:5", "This is no voice channel."),
        ("alice", "/call voice people:500", "Ensure this value is less than or equal to 99."),
        ("alice", "/call voice", "Type it as: /call"),
        ("alice", "/help ban me", "There is no command /ban me that you can use here."),
    ],
)
def test_what_is_not_done_stays_with_the_reason(harbour: Harbour, who: str, line: str, said: str) -> None:
    answer = browser_of(getattr(harbour, who)).post(SEND, {"body": line})
    assert answer.status_code == 422
    [error] = errors_in(answer)
    assert said in error
    assert draft_in(answer) == line
    assert not Message.objects.exists()
    assert not AuditEntry.objects.exists()


def test_two_slashes_write_one(harbour: Harbour) -> None:
    assert browser_of(harbour.bob).post(SEND, {"body": "//ban @carol"}).status_code == 302
    assert Message.objects.get().body == "/ban @carol"


def test_over_rest_a_slash_is_a_slash(harbour: Harbour) -> None:
    Caller(harbour.bob).say("harbour", "/ban @carol")
    assert Message.objects.get().body == "/ban @carol"
    assert not Ban.objects.exists()


@pytest.mark.parametrize("line", ["/ban carol", "/BAN @Carol", "/ban @carol\nLoud", "/ban\t@carol"])
def test_names_are_read_as_people_type_them(harbour: Harbour, line: str) -> None:
    assert typed(harbour.bob, line).done
    assert Ban.objects.get().user == harbour.carol
    assert Ban.objects.get().until is None


def test_a_command_that_answers_what_is_gone_is_not_done(harbour: Harbour) -> None:
    """What was meant for one message must not fall on another, or on its author by another way."""
    message = post(harbour.carol, harbour.general)
    bob = browser_of(harbour.bob)
    browser_of(harbour.carol).post(f"{GENERAL}{message.pk}/delete/")
    answer = bob.post(SEND, {"body": "/ban spam", "reply_to": message.pk})
    assert answer.status_code == 422
    assert "The message that you answer was deleted." in errors_in(answer)[0]
    assert not Ban.objects.exists()


class TestHelp:
    def test_everybody_is_shown_what_they_may_use(self, harbour: Harbour) -> None:
        carol, alice = browser_of(harbour.carol), browser_of(harbour.alice)
        shown = {
            "carol": text_of(carol.post(SEND, {"body": "/help"}, follow=True)),
            "alice": text_of(alice.post(SEND, {"body": "/help"}, follow=True)),
        }
        for page in shown.values():
            assert "<code>/help ban</code>" in page
            assert "<code>/report #42 reason</code>" in page
        assert "/ban @name" in shown["alice"]
        assert "/ban @name" not in shown["carol"]
        assert shown["alice"].count('<li class="commands__line">') == len(slash.COMMANDS)

    def test_of_one_command_or_one_noun(self, harbour: Harbour) -> None:
        bob = browser_of(harbour.bob)
        page = text_of(bob.post(SEND, {"body": "/help /ban"}, headers=MINIMAL))
        assert "You can use 1 command here." in page
        assert "<code>/ban @name 7d delete:day reason</code>" in page
        page = text_of(browser_of(harbour.alice).post(SEND, {"body": "/help channel"}, headers=MINIMAL))
        assert "<code>/channel up</code>" in page
        assert "/ban" not in page

    def test_in_russian(self, harbour: Harbour) -> None:
        page = text_of(browser_of(harbour.bob).get(f"{GENERAL}commands/", headers={"accept-language": "ru"}))
        assert "/ban @имя 7д удалить:день причина" in page

    def test_the_script_asks_for_the_list_alone(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.bob).get(f"{GENERAL}commands/", headers=HTMX)
        assert not is_page(answer)
        assert 'data-command="ban"' in text_of(answer)


def test_a_command_is_limited_as_messages_are(harbour: Harbour, settings: Settings) -> None:
    limits(settings, messages="10/10 second")
    said = [typed(harbour.bob, "/unlock") for _ in range(11)]
    assert [each.done for each in said] == [True] * 10 + [False]
    assert "too fast" in said[-1].words


def test_what_it_answers_is_kept_where_it_is_not_done(harbour: Harbour) -> None:
    message = post(harbour.carol, harbour.general)
    answer = browser_of(harbour.bob).post(SEND, {"body": "/role captain", "reply_to": message.pk})
    assert field(answer, "reply_to") == str(message.pk)
