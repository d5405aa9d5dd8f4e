"""Forms that somebody else sends, and forms of somebody who is logged out."""

from urllib.parse import quote

import pytest

from rooms.models import Membership, Message, Room
from tests.factories import post
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.views.answers import BOTH, GENERAL, HTMX, SEND, field, text_of


class TestForgery:
    def test_a_form_without_a_token_changes_nothing_and_says_how_to_go_on(
        self, harbour: Harbour, subtests: pytest.Subtests
    ) -> None:
        message = post(harbour.carol, harbour.general, "Ahoy")
        client = browser_of(harbour.carol, enforce_csrf_checks=True)
        written = f"general/{message.pk}"
        for path in ("general/messages/", "general/read/", f"{written}/edit/", f"{written}/delete/", "join/", "leave/"):
            with subtests.test(path):
                answer = client.post(f"/rooms/harbour/{path}", {"body": "Forged", "message": "1"})
                assert answer.status_code == 403
                assert "reload it and send again" in text_of(answer)
        assert [each.body for each in Message.objects.all()] == ["Ahoy"]
        assert Membership.objects.filter(room=harbour.room, user=harbour.carol).exists()

    def test_a_new_room_needs_a_token_too(self, harbour: Harbour) -> None:
        client = browser_of(harbour.mallory, enforce_csrf_checks=True)
        assert client.post("/rooms/new/", {"name": "Forged", "visibility": "public"}).status_code == 403
        assert not Room.objects.filter(name="Forged").exists()

    @BOTH
    def test_the_pages_own_token_is_taken(self, harbour: Harbour, headers: dict[str, str]) -> None:
        client = browser_of(harbour.carol, enforce_csrf_checks=True)
        token = field(client.get(GENERAL), "csrfmiddlewaretoken")
        form = {"body": "Ahoy", "csrfmiddlewaretoken": token}
        assert client.post(SEND, form, headers=headers).status_code < 400
        assert Message.objects.count() == 1


class TestSessionEnded:
    """Somebody logged out in another tab, or after three months: a form is sent as a guest's."""

    def test_logging_in_leads_back_to_a_page_that_can_be_opened(
        self, harbour: Harbour, subtests: pytest.Subtests
    ) -> None:
        message = post(harbour.carol, harbour.general)
        carol = browser_of(harbour.carol)
        for path, page in {
            SEND: GENERAL,
            f"{GENERAL}read/": f"{GENERAL}?before={message.pk}",
            f"{GENERAL}{message.pk}/delete/": f"{GENERAL}{message.pk}/delete/",
            f"{GENERAL}{message.pk}/edit/": f"{GENERAL}{message.pk}/edit/",
            "/rooms/harbour/join/": GENERAL,
            "/rooms/harbour/leave/": "/rooms/harbour/members/",
            "/rooms/new/": "/rooms/new/",
        }.items():
            with subtests.test(path):
                sent_from = {"Referer": f"http://testserver{page}"}
                answer = browser_of(None).post(path, {"body": "Ahoy"}, headers=sent_from)
                assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={quote(page)}")
                assert carol.get(page).status_code == 200

    def test_nobody_is_led_back_to_another_site(self, harbour: Harbour, subtests: pytest.Subtests) -> None:
        for sent_from in ("", "https://evil.example/", "//evil.example/x", "javascript:x", "http://["):
            with subtests.test(sent_from):
                answer = browser_of(None).post(SEND, {"body": "Ahoy"}, headers={"Referer": sent_from})
                assert answer["Location"] == "/accounts/login/?next=/"

    def test_htmx_is_told_and_no_login_page_comes_into_the_composer(self, harbour: Harbour) -> None:
        answer = browser_of(None).post(SEND, {"body": "Ahoy"}, headers=HTMX)
        assert (answer.status_code, text_of(answer)) == (401, "")
