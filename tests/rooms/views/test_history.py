"""Pages of history, what changed since, and how far one has read."""

import re

import pytest
from django.test import Client

from rooms.models import ReadMark
from tests.factories import post
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.views.answers import GENERAL, HTMX, text_of


class TestHistory:
    NONSENSE = ("abc", "-1", "1.5", " ", "9" * 21, "0x10", "١٢", "1\x00", "\x00", "%FF", "1 OR 1=1", "1" * 5000)

    def test_a_number_that_is_none_is_a_page_that_is_not_there(self, carol: Client, subtests: pytest.Subtests) -> None:
        for name in ("before", "after", "reply"):
            for value in self.NONSENSE:
                with subtests.test(name, value=value):
                    assert carol.get(GENERAL, {name: value}).status_code == 404
            # A form that was sent empty asks for nothing.
            assert carol.get(GENERAL, {name: ""}).status_code == 200

    def test_changes_since_nonsense_are_not_there(self, carol: Client, subtests: pytest.Subtests) -> None:
        for value in (*self.NONSENSE, ""):
            with subtests.test(value=value):
                assert carol.get(f"{GENERAL}changes/", {"after": value}).status_code == 404
        assert carol.get(f"{GENERAL}changes/").status_code == 404

    def test_a_message_that_never_was_is_not_there(self, carol: Client, subtests: pytest.Subtests) -> None:
        for number in ("0", "999999999", "9" * 18, "9" * 19, "9" * 30, "9" * 5000):
            for path in ("", "menu/", "edit/", "delete/"):
                with subtests.test(path, number=number):
                    assert carol.get(f"{GENERAL}{number}/{path}").status_code == 404

    def test_an_empty_page_beyond_an_end_is_a_page(
        self, harbour: Harbour, carol: Client, subtests: pytest.Subtests
    ) -> None:
        post(harbour.alice, harbour.general)
        for name in ("before", "after"):
            for number in ("0", "9" * 18):
                for headers in ({}, HTMX):
                    with subtests.test(name, number=number, htmx=bool(headers)):
                        assert carol.get(GENERAL, {name: number}, headers=headers).status_code == 200

    def test_strange_queries_break_nothing(self, carol: Client, subtests: pytest.Subtests) -> None:
        for query in ("?%00=1", "?channel=%00", "?x=%FF%FE", "?before=1&before=abc"):
            for address in (GENERAL, "/rooms/harbour/sidebar/", "/rooms/", "/rooms/harbour/members/"):
                with subtests.test(address + query):
                    assert carol.get(address + query).status_code in {200, 404}

    def test_strange_addresses_are_not_there(self, carol: Client, subtests: pytest.Subtests) -> None:
        for slug in ("har%00bour", "har%FFbour", "..", "x" * 5000, "HARBOUR", "%E2%80%AE"):
            for path in (f"/rooms/{slug}/", f"/rooms/harbour/{slug}/", f"/rooms/{slug}/general/1/"):
                with subtests.test(path):
                    assert carol.get(path).status_code == 404

    def test_a_permalink_opens_the_page_around_the_message(self, harbour: Harbour, carol: Client) -> None:
        messages = [post(harbour.alice, harbour.general, f"wave {number}") for number in range(80)]
        page = text_of(carol.get(messages[40].get_absolute_url()))
        assert f'<li id="message-{messages[40].pk}" class="message message--target"' in page.replace(
            "message--grouped ", ""
        )
        assert "wave 20" in page
        assert "wave 60" in page
        assert "wave 79" not in page

    def test_the_changes_are_the_envelopes_that_the_socket_would_have_brought(
        self, harbour: Harbour, carol: Client
    ) -> None:
        messages = [post(harbour.alice, harbour.general, f"wave {number}") for number in range(4)]
        alice = browser_of(harbour.alice)
        alice.post(f"{GENERAL}{messages[1].pk}/edit/", {"body": "changed"})
        alice.post(f"{GENERAL}{messages[2].pk}/delete/")
        answer = text_of(carol.get(f"{GENERAL}changes/?after=1"))
        events = re.findall(r'<hx-push event="(\w+)" channel="\d+" seq="(\d+)"(?: message="(\d+)")?', answer)
        assert events == [
            ("message_created", "4", str(messages[3].pk)),
            ("message_edited", "5", str(messages[1].pk)),
            ("message_deleted", "6", str(messages[2].pk)),
            ("caught_up", "6", ""),
        ]
        assert answer.endswith('more="0"></hx-push>')

    def test_whoever_was_away_for_long_catches_up_in_steps(
        self, harbour: Harbour, carol: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rooms.views.MOST_CHANGES", 3)
        for number in range(7):
            post(harbour.alice, harbour.general, f"wave {number}")
        seen, after, more = [], "0", "1"
        while more == "1":
            answer = text_of(carol.get(f"{GENERAL}changes/?after={after}"))
            seen += re.findall(r"wave (\d)", answer)
            [(after, more)] = re.findall(r'event="caught_up" channel="\d+" seq="(\d+)" more="(\d)"', answer)
        assert seen == list("0123456")
        assert after == "7"


class TestReading:
    def test_reading_is_remembered(self, harbour: Harbour, carol: Client) -> None:
        message = post(harbour.alice, harbour.general)
        assert carol.post(f"{GENERAL}read/", {"message": message.pk}).status_code == 204
        assert ReadMark.objects.get(user=harbour.carol, channel=harbour.general).message_id == message.pk

    def test_one_cannot_have_read_what_was_not_written_yet(self, harbour: Harbour, carol: Client) -> None:
        message = post(harbour.alice, harbour.general)
        carol.post(f"{GENERAL}read/", {"message": "9" * 18})
        assert ReadMark.objects.get(user=harbour.carol, channel=harbour.general).message_id == message.pk

    def test_nonsense_is_refused(self, harbour: Harbour, carol: Client, subtests: pytest.Subtests) -> None:
        post(harbour.alice, harbour.general)
        for number in (*TestHistory.NONSENSE, ""):
            with subtests.test(number=number):
                assert carol.post(f"{GENERAL}read/", {"message": number}).status_code == 422
        assert ReadMark.objects.get(user=harbour.carol, channel=harbour.general).message_id == 0

    def test_opening_the_end_of_a_channel_reads_it_and_a_page_in_its_middle_does_not(
        self, harbour: Harbour, carol: Client
    ) -> None:
        messages = [post(harbour.alice, harbour.general) for _ in range(60)]
        mark = ReadMark.objects.get(user=harbour.carol, channel=harbour.general)
        carol.get(f"{GENERAL}?before={messages[-1].pk}")
        mark.refresh_from_db()
        assert mark.message_id == 0
        assert "New since you left" in text_of(carol.get(GENERAL))
        mark.refresh_from_db()
        assert mark.message_id == messages[-1].pk
        assert "New since you left" not in text_of(carol.get(GENERAL))
