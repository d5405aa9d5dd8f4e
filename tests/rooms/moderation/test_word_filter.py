"""What the word filter catches, and whom."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms import actions, word_filter
from rooms.models import Message
from tests.factories import post
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.views.answers import BOTH, GENERAL, SEND, draft_in, errors_in

LIST = "landlubber\nwalk the plank\nбред\n1488\nÉpave\n"


@pytest.mark.parametrize(
    "text",
    [
        "Landlubber!",
        "you LANDLUBBERLY... no, landlubber",
        "l\u200band\u00adlub\u2060ber",
        "lаndlubbеr",  # two letters are Cyrillic
        "1andlu8ber",
        "lándlübber",
        "_landlubber_",
        "you will Walk  the\nplank",
        "Это бред.",
        "БРЕД",
        "6ред",
        "бpeд",  # two letters are Latin
        "14\u200b88",
        "epave",
    ],
)
def test_it_sees_through_disguises(text: str) -> None:
    assert word_filter.find(LIST, text)


@pytest.mark.parametrize(
    "text", ["landlubbers", "landlubberish", "walk on the plank", "бредить", "14880", "a landlub ber", "class", ""]
)
def test_it_matches_whole_words_only(text: str) -> None:
    assert word_filter.find(LIST, text) is None


def test_an_empty_list_forbids_nothing() -> None:
    assert word_filter.find("\n \n", "anything") is None


def test_what_the_list_holds_is_no_pattern() -> None:
    assert word_filter.find("a.c\n(x+x+)+y\n$%", "abc xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx") is None
    assert word_filter.find("a.c", "a.c")


@pytest.fixture
def filtered(harbour: Harbour) -> Harbour:
    actions.edit_word_filter(actor=harbour.alice, room=harbour.room, words=LIST)
    harbour.room.refresh_from_db()
    harbour.general.room = harbour.room
    return harbour


@BOTH
def test_carol_keeps_her_draft_and_learns_what_is_wrong(filtered: Harbour, headers: dict[str, str]) -> None:
    carol = browser_of(filtered.carol)
    answer = carol.post(SEND, {"body": "Ahoy, landlubber"}, headers=headers)
    assert answer.status_code == 422
    assert errors_in(answer) == [
        "This room does not allow “landlubber”. Your text is kept: change it and send it again."
    ]
    assert draft_in(answer) == "Ahoy, landlubber"
    assert not Message.objects.exists()


def test_marks_within_a_word_do_not_hide_it(filtered: Harbour) -> None:
    carol = browser_of(filtered.carol)
    for body in ("l**and**lubber", "landl&#117;bber", "**land**lubber"):
        assert carol.post(SEND, {"body": body}).status_code == 422, body
    assert not Message.objects.exists()


def test_a_message_is_not_edited_into_a_forbidden_one(filtered: Harbour) -> None:
    message = post(filtered.carol, filtered.general, "Ahoy")
    carol = browser_of(filtered.carol)
    answer = carol.post(f"{GENERAL}{message.pk}/edit/", {"body": "Ahoy, landlubber"})
    assert answer.status_code == 422
    assert "landlubber</textarea>" in answer.content.decode()
    message.refresh_from_db()
    assert message.body == "Ahoy"


def test_whoever_edits_the_list_may_quote_it(filtered: Harbour) -> None:
    assert browser_of(filtered.alice).post(SEND, {"body": "landlubber"}).status_code == 302
    # By default a moderator does not edit it.
    assert browser_of(filtered.bob).post(SEND, {"body": "landlubber"}).status_code == 422


def test_another_room_has_a_list_of_its_own(filtered: Harbour) -> None:
    assert post(filtered.carol, filtered.strongbox, "landlubber").pk


class TestThePage:
    ADDRESS = "/rooms/harbour/settings/words/"

    def test_alice_edits_the_list(self, harbour: Harbour) -> None:
        alice = browser_of(harbour.alice)
        answer = alice.post(self.ADDRESS, {"words": " landlubber \r\n\r\nlandlubber\r\nbilge rat"})
        assert answer.status_code == 302
        assert "landlubber\nbilge rat</textarea>" in alice.get(self.ADDRESS).content.decode()
        entry = harbour.room.audit_entries.get()
        assert (entry.deed, entry.details["words"]) == ("word_filter_edited", 2)

    def test_a_list_too_long_is_kept_for_cutting(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.alice).post(self.ADDRESS, {"words": "x" * 4001})
        assert answer.status_code == 422
        assert "x" * 4001 in answer.content.decode()
        harbour.room.refresh_from_db()
        assert harbour.room.filtered_words == ""

    def test_it_is_not_for_others(self, harbour: Harbour) -> None:
        for person, status in ((harbour.bob, 403), (harbour.carol, 403), (harbour.mallory, 403)):
            assert browser_of(person).get(self.ADDRESS).status_code == status
            assert browser_of(person).post(self.ADDRESS, {"words": "x"}).status_code == status
        assert browser_of(harbour.mallory).get("/rooms/vault/settings/words/").status_code == 404


def test_nothing_more_is_asked_of_the_database_for_a_filter(filtered: Harbour) -> None:
    carol = browser_of(filtered.carol)
    carol.post(SEND, {"body": "warm"})
    with CaptureQueriesContext(connection) as with_filter:
        carol.post(SEND, {"body": "Ahoy"})
    actions.edit_word_filter(actor=filtered.alice, room=filtered.room, words="")
    with CaptureQueriesContext(connection) as without:
        carol.post(SEND, {"body": "Ahoy"})
    assert len(with_filter) == len(without)
