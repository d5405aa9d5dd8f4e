"""Correcting and deleting, with htmx and without."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from rooms.models import Message
from tests.factories import post
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.views.answers import BOTH, GENERAL, HTMX, draft_in, is_page, limits, text_of


class TestChanging:
    @BOTH
    def test_carol_corrects_her_message(self, harbour: Harbour, carol: Client, headers: dict[str, str]) -> None:
        message = post(harbour.carol, harbour.general, "Frist")
        address = f"{GENERAL}{message.pk}/edit/"
        form = carol.get(address, headers=headers)
        assert (form.status_code, draft_in(form), is_page(form)) == (200, "Frist", not headers)

        answer = carol.post(address, {"body": "First"}, headers=headers)
        if headers:
            assert answer.status_code == 200
            assert text_of(answer).startswith('<hx-push event="message_edited"')
            assert "First" in text_of(answer)
        else:
            assert (answer.status_code, answer["Location"]) == (302, f"{GENERAL}{message.pk}/")
        assert Message.objects.get().body == "First"

    @BOTH
    def test_a_bad_correction_is_refused_and_kept(
        self, harbour: Harbour, carol: Client, subtests: pytest.Subtests, headers: dict[str, str]
    ) -> None:
        message = post(harbour.carol, harbour.general, "Ahoy")
        for form in ({}, {"body": ""}, {"body": "x" * 4001}, {"body": "A\x00"}):
            with subtests.test(form=form):
                answer = carol.post(f"{GENERAL}{message.pk}/edit/", form, headers=headers)
                assert answer.status_code == 422
                assert draft_in(answer) == form.get("body", "")
                assert 'role="alert"' in text_of(answer)
        assert Message.objects.get().body == "Ahoy"

    @BOTH
    def test_too_many_corrections_wait_with_their_text(
        self, harbour: Harbour, carol: Client, settings: Settings, headers: dict[str, str]
    ) -> None:
        limits(settings, edits="1/60 second")
        message = post(harbour.carol, harbour.general, "1")
        address = f"{GENERAL}{message.pk}/edit/"
        carol.post(address, {"body": "2"}, headers=headers)
        answer = carol.post(address, {"body": "3"}, headers=headers)
        assert (answer.status_code, draft_in(answer)) == (429, "3")
        assert 55 <= int(answer["Retry-After"]) <= 60
        assert Message.objects.get().body == "2"

    @BOTH
    def test_carol_deletes_her_message_after_being_asked(
        self, harbour: Harbour, carol: Client, headers: dict[str, str]
    ) -> None:
        message = post(harbour.carol, harbour.general, "secret")
        address = f"{GENERAL}{message.pk}/delete/"
        question = carol.get(address, headers=headers)
        assert (question.status_code, is_page(question)) == (200, not headers)
        assert not Message.objects.get().is_deleted

        answer = carol.post(address, headers=headers)
        if headers:
            assert text_of(answer).startswith('<hx-push event="message_deleted"')
            assert "secret" not in text_of(answer)
        else:
            assert (answer.status_code, answer["Location"]) == (302, f"{GENERAL}{message.pk}/")
        page = text_of(carol.get(GENERAL))
        assert "Message deleted" in page
        assert "secret" not in page

    def test_the_menu_offers_what_one_may_do(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        address = f"{GENERAL}{message.pk}/menu/"

        def offered(user: User | None) -> set[str]:
            menu = text_of(browser_of(user).get(address, headers=HTMX))
            return set(re.findall(r"(reply|edit|delete)[=/]", menu))

        assert offered(harbour.carol) == {"reply", "edit", "delete"}
        assert offered(harbour.bob) == {"reply", "delete"}
        assert offered(harbour.mallory) == offered(None) == set()

    def test_an_edit_that_comes_after_the_deletion_brings_nothing_back(
        self, harbour: Harbour, carol: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Bob deletes the message between the look at carol's right and her edit."""
        from rooms import actions, views

        message = post(harbour.carol, harbour.general, "Rude")
        edit = actions.edit_message

        def bob_is_faster(**request: Any) -> Message:
            actions.delete_message(actor=harbour.bob, message=Message.objects.get(pk=message.pk))
            return edit(**request)

        monkeypatch.setattr(views.actions, "edit_message", bob_is_faster)
        answer = carol.post(f"{GENERAL}{message.pk}/edit/", {"body": "Ruder"}, headers=HTMX)
        assert text_of(answer).startswith('<hx-push event="message_deleted"')
        assert "Rude" not in text_of(answer)
