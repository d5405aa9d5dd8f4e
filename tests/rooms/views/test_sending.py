"""Sending a message, with htmx and without: what is answered, and what is kept."""

import re
import uuid

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from rooms.models import Message
from tests.factories import post
from tests.rooms.conftest import Harbour
from tests.rooms.views.answers import BOTH, GENERAL, HTMX, SEND, draft_in, errors_in, field, is_page, limits, text_of


class TestSending:
    def test_without_script_the_answer_is_the_channel_at_the_message(self, harbour: Harbour, carol: Client) -> None:
        answer = carol.post(SEND, {"body": "Land *ho*!"})
        message = Message.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"{GENERAL}#message-{message.pk}")
        assert f'id="message-{message.pk}"' in text_of(carol.get(GENERAL))

    def test_with_htmx_the_answer_is_a_fresh_composer_that_says_what_to_look_for(
        self, harbour: Harbour, carol: Client
    ) -> None:
        client_id = str(uuid.uuid4())
        answer = carol.post(SEND, {"body": "Ahoy", "client_id": client_id}, headers=HTMX)
        assert answer.status_code == 200
        assert not is_page(answer)
        assert (draft_in(answer), errors_in(answer)) == ("", [])
        assert field(answer, "client_id") not in ("", client_id)
        assert answer["HX-Trigger"] == '{"message:posted": {"seq": 1}}'
        assert str(Message.objects.get().client_id) == client_id

    def test_a_page_that_keeps_its_own_composer_is_spared_another(self, harbour: Harbour, carol: Client) -> None:
        prefer = HTMX | {"Prefer": "return=minimal"}
        answer = carol.post(SEND, {"body": "Ahoy"}, headers=prefer)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["Preference-Applied"] == "return=minimal"
        assert answer["HX-Trigger"] == '{"message:posted": {"seq": 1}}'
        refused = carol.post(SEND, {"body": " "}, headers=prefer)
        assert errors_in(refused) == ["Write something first."]

    @BOTH
    def test_an_empty_message_is_refused(
        self, harbour: Harbour, carol: Client, subtests: pytest.Subtests, headers: dict[str, str]
    ) -> None:
        blanks = ["", " ", "\r\n \r\n", "\u200b\u2060", "\u3164", "\ufe0f", "\U000e0001", "&#8203;", "&nbsp; &#xad;"]
        for body in blanks:
            with subtests.test(body=body):
                client_id = str(uuid.uuid4())
                answer = carol.post(SEND, {"body": body, "client_id": client_id}, headers=headers)
                assert answer.status_code == 422
                assert is_page(answer) == (not headers)
                assert errors_in(answer) == ["Write something first."]
                assert field(answer, "client_id") == client_id
                assert 'aria-invalid="true"' in text_of(answer)
        assert not Message.objects.exists()

    @BOTH
    def test_a_message_too_long_is_kept_for_cutting(
        self, harbour: Harbour, carol: Client, headers: dict[str, str]
    ) -> None:
        client_id, body = str(uuid.uuid4()), "</textarea><b>" + "ж" * 3989
        answer = carol.post(SEND, {"body": body, "client_id": client_id}, headers=headers)
        assert answer.status_code == 422
        assert errors_in(answer) == ["The message is 3 characters too long: at most 4,000 are allowed."]
        assert draft_in(answer) == body
        assert field(answer, "client_id") == client_id
        assert not Message.objects.exists()

    def test_lines_are_counted_as_a_person_sees_them(self, harbour: Harbour, carol: Client) -> None:
        """A browser sends each line's end as two characters."""
        answer = carol.post(SEND, {"body": "x\r\n" * 1999 + "xx\r\n"})
        assert answer.status_code == 302
        message = Message.objects.get()
        assert message.body == "x\n" * 1999 + "xx"
        assert "\r" not in message.body_html

    def test_the_blanks_inside_a_message_are_kept(self, harbour: Harbour, carol: Client) -> None:
        carol.post(SEND, {"body": "\n    code\n\ttab  end  \n\n"})
        assert Message.objects.get().body == "    code\n\ttab  end  "

    @BOTH
    def test_a_character_that_cannot_be_stored_is_told_once(
        self, harbour: Harbour, carol: Client, headers: dict[str, str]
    ) -> None:
        answer = carol.post(SEND, {"body": "A\x00B"}, headers=headers)
        assert answer.status_code == 422
        assert errors_in(answer) == ["The message holds a character that cannot be stored."]
        assert not Message.objects.exists()

    def test_what_is_not_utf_8_is_refused_whole(
        self, harbour: Harbour, carol: Client, subtests: pytest.Subtests
    ) -> None:
        for body in (b"body=\xff\xfe", b"body=Ahoy%FF", b"body=%ED%A0%80", b"body=Ahoy&reply_to=%80"):
            with subtests.test(body=body):
                answer = carol.post(SEND, body, content_type="application/x-www-form-urlencoded")
                assert answer.status_code == 400
                assert "Nothing was changed" in text_of(answer)
        assert not Message.objects.exists()

    @BOTH
    def test_the_eleventh_message_in_ten_seconds_waits_with_its_text(
        self, harbour: Harbour, carol: Client, headers: dict[str, str]
    ) -> None:
        for number in range(10):
            assert carol.post(SEND, {"body": f"{number}"}, headers=headers).status_code < 400
        client_id = str(uuid.uuid4())
        answer = carol.post(SEND, {"body": "Too  fast", "client_id": client_id}, headers=headers)
        assert answer.status_code == 429
        seconds = int(answer["Retry-After"])
        assert 1 <= seconds <= 10
        assert is_page(answer) == (not headers)
        assert errors_in(answer)[0].startswith("That was too fast. Your text is kept: try again in ")
        assert f" {seconds} second" in errors_in(answer)[0]
        assert draft_in(answer) == "Too  fast"
        assert field(answer, "client_id") == client_id
        assert Message.objects.count() == 10

    def test_it_is_told_in_russian_too(self, harbour: Harbour, carol: Client, settings: Settings) -> None:
        limits(settings, messages="1/60 second")
        User.objects.filter(pk=harbour.carol.pk).update(language="ru")
        carol.post(SEND, {"body": "Раз"})
        assert errors_in(carol.post(SEND, {"body": "Два"}))[0].startswith("Слишком быстро.")
        assert errors_in(carol.post(SEND, {"body": ""})) == ["Сначала напишите что-нибудь."]

    @BOTH
    def test_sending_again_after_a_lost_answer_posts_nothing_twice(
        self, harbour: Harbour, carol: Client, headers: dict[str, str]
    ) -> None:
        form = {"body": "Once", "client_id": str(uuid.uuid4())}
        first, again = carol.post(SEND, form, headers=headers), carol.post(SEND, form, headers=headers)
        assert first.status_code == again.status_code
        assert first.get("Location") == again.get("Location")
        assert Message.objects.count() == 1

    @BOTH
    def test_an_old_form_with_a_new_text_loses_nothing(
        self, harbour: Harbour, carol: Client, headers: dict[str, str]
    ) -> None:
        """The Back button brings the form of a sent message back, and its id with it."""
        client_id = str(uuid.uuid4())
        carol.post(SEND, {"body": "First", "client_id": client_id}, headers=headers)
        answer = carol.post(SEND, {"body": "Second", "client_id": client_id}, headers=headers)
        assert answer.status_code == 409
        assert errors_in(answer) == [
            "Another message was sent from this form already. Send once more to send this one."
        ]
        assert draft_in(answer) == "Second"

        fresh = field(answer, "client_id")
        assert fresh not in ("", client_id)
        carol.post(SEND, {"body": "Second", "client_id": fresh}, headers=headers)
        assert [message.body for message in Message.objects.order_by("pk")] == ["First", "Second"]

    @BOTH
    def test_a_damaged_form_is_mended_and_its_text_kept(
        self, harbour: Harbour, carol: Client, subtests: pytest.Subtests, headers: dict[str, str]
    ) -> None:
        damages = [
            {"client_id": "junk"},
            {"client_id": "\x00"},
            {"reply_to": "junk"},
            {"reply_to": "-1"},
            {"reply_to": "9" * 5000},
            {"client_id": '"><script>', "reply_to": "1 OR 1=1"},
        ]
        for damage in damages:
            with subtests.test(damage=damage):
                answer = carol.post(SEND, {"body": "Ahoy", **damage}, headers=headers)
                assert answer.status_code == 422
                assert errors_in(answer) == ["Something in this form was damaged. Your text is kept: send it again."]
                assert draft_in(answer) == "Ahoy"
                again = {"body": draft_in(answer), "client_id": field(answer, "client_id")}
                assert carol.post(SEND, again, headers=headers).status_code < 400
        assert Message.objects.count() == len(damages)

    def test_a_number_too_large_to_be_a_message_is_no_message(self, harbour: Harbour, carol: Client) -> None:
        answer = carol.post(SEND, {"body": "Ahoy", "reply_to": "9" * 40})
        assert (answer.status_code, draft_in(answer), field(answer, "reply_to")) == (422, "Ahoy", "")

    def test_a_form_without_an_id_is_sent_all_the_same(self, harbour: Harbour, carol: Client) -> None:
        carol.post(SEND, {"body": "Ahoy"})
        carol.post(SEND, {"body": "Ahoy"})
        assert Message.objects.count() == 2

    @BOTH
    def test_an_answer_quotes_what_it_answers_and_stays_one_while_corrected(
        self, harbour: Harbour, carol: Client, headers: dict[str, str]
    ) -> None:
        asked = post(harbour.bob, harbour.general, "Who has the **map**?")
        fresh = carol.get(f"{GENERAL}?reply={asked.pk}", headers=headers)
        assert field(fresh, "reply_to") == str(asked.pk)
        assert "Who has the map?" in text_of(fresh)

        empty = carol.post(SEND, {"body": "", "reply_to": asked.pk}, headers=headers)
        assert field(empty, "reply_to") == str(asked.pk)

        carol.post(SEND, {"body": "Me", "reply_to": asked.pk}, headers=headers)
        assert Message.objects.get(body="Me").reply_to == asked
        page = text_of(carol.get(GENERAL))
        assert re.search(r'class="message__quote"[^>]*><a href="[^"]*">\s*<b>bob</b> Who has the map\?', page)

    @BOTH
    def test_what_was_deleted_meanwhile_is_not_answered(
        self, harbour: Harbour, carol: Client, headers: dict[str, str]
    ) -> None:
        asked = post(harbour.carol, harbour.general, "secret")
        carol.post(f"{GENERAL}{asked.pk}/delete/")
        assert field(carol.get(f"{GENERAL}?reply={asked.pk}"), "reply_to") == ""
        answer = carol.post(SEND, {"body": "Ahoy", "reply_to": asked.pk}, headers=headers)
        assert answer.status_code == 422
        assert errors_in(answer) == [
            "The message that you answer was deleted. Send once more to send yours without it."
        ]
        again = {
            "body": draft_in(answer),
            "client_id": field(answer, "client_id"),
            "reply_to": field(answer, "reply_to"),
        }
        assert carol.post(SEND, again, headers=headers).status_code < 400
        assert Message.objects.get(body="Ahoy").reply_to is None

    def test_nothing_is_written_where_people_speak(self, harbour: Harbour, carol: Client) -> None:
        assert carol.post("/rooms/harbour/voice/messages/", {"body": "Ahoy"}).status_code == 404

    def test_a_form_that_is_far_too_large_is_refused(self, harbour: Harbour, carol: Client) -> None:
        assert carol.post(SEND, {"body": "x" * 3_000_000}).status_code == 400
        assert carol.post(SEND, {f"f{number}": "x" for number in range(1500)}).status_code == 400
        assert not Message.objects.exists()
