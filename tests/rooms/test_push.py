"""What open pages are told: rendered once, for everybody, with nothing in it that depends on who reads."""

import re
import uuid
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts.models import User
from rooms import actions, push
from rooms.models import Channel, Membership, Message
from rooms.models.channel import members_topic
from tests.factories import make_channel, make_member, make_user, post
from tests.rooms.conftest import Harbour, Told, build_harbour


@pytest.fixture
def stored(transactional_db: None) -> Harbour:
    """The harbour for stories in which commits matter."""
    return build_harbour()


def envelopes(message: Message) -> dict[str, str]:
    return {event: push.message_envelope(event, message) for event in ("message_created", "message_edited")}


class TestNeutrality:
    def all_fragments(self, harbour: Harbour, told: Told, run: Any) -> list[str]:
        """Everything that is told of a message's life and of somebody who comes and goes."""
        answered = post(harbour.bob, harbour.general, "Who? ||me||")
        with run(execute=True):
            message = post(harbour.carol, harbour.general, "Land **ho** ||there||\n\n```python\nx = 1\n```", answered)
            actions.join_room(actor=harbour.mallory, room=harbour.room)
        with run(execute=True):
            actions.edit_message(actor=harbour.carol, message=message, body="Land!")
            actions.leave_room(actor=harbour.mallory, room=harbour.room)
        with run(execute=True):
            actions.delete_message(actor=harbour.carol, message=message)
            push.typing(harbour.general.pk, harbour.carol)
        return [fragment for _, fragment in told.fragments]

    def test_no_fragment_holds_a_token_a_form_or_a_right(
        self, harbour: Harbour, told: Told, django_capture_on_commit_callbacks: Any
    ) -> None:
        fragments = self.all_fragments(harbour, told, django_capture_on_commit_callbacks)
        assert len(fragments) >= 7
        for fragment in fragments:
            assert not re.search(r"csrf|<form|<textarea|/edit/|/delete/|nonce=|sessionid", fragment)
            assert "message--mine" not in fragment

    def test_a_fragment_is_the_same_whoever_caused_it_wherever_they_are(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general, "Land ||ho||")
        message.edited_at = message.created_at
        expected = envelopes(message)
        with translation.override("ru"), timezone.override("Asia/Vladivostok"):
            assert envelopes(message) == expected
            assert translation.get_language() == "ru"
        assert "Spoiler" in expected["message_created"]
        assert "edited" in expected["message_edited"]

    def test_rendering_with_a_reader_in_the_context_changes_nothing(
        self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As if somebody passed the request on one day: the templates must not look at it."""
        message = post(harbour.carol, harbour.general, "Land ho")
        joined = Membership.objects.select_related("user", "room").get(user=harbour.bob, room=harbour.room)
        expected = envelopes(message)
        member = push.render_to_string("push/member_joined.html", {"member": joined, "room": joined.room})
        render = push.render_to_string

        for reader in (harbour.carol, harbour.alice, harbour.mallory):
            request = RequestFactory().get("/rooms/harbour/general/")
            request.user = reader

            def with_reader(
                template: str, context: dict[str, Any], request: Any = request, reader: User = reader
            ) -> str:
                return render(template, {**context, "user": reader, "perms": {"rooms": True}}, request=request)

            monkeypatch.setattr(push, "render_to_string", with_reader)
            assert envelopes(message) == expected
            assert with_reader("push/member_joined.html", {"member": joined, "room": joined.room}) == member

    def test_times_are_told_in_utc_and_the_author_by_number(self, harbour: Harbour) -> None:
        message = post(harbour.carol, harbour.general)
        fragment = push.message_envelope("message_created", message)
        assert f'data-author="{harbour.carol.pk}"' in fragment
        assert f'data-at="{message.created_at.isoformat()}"' in fragment

    def test_the_envelope_bears_the_name_of_its_function(
        self, harbour: Harbour, told: Told, django_capture_on_commit_callbacks: Any
    ) -> None:
        fragments = self.all_fragments(harbour, told, django_capture_on_commit_callbacks)
        names = {re.match(r'<hx-push event="(\w+)"', fragment)[1] for fragment in fragments}  # type: ignore[index]
        assert names == {
            "message_created", "message_edited", "message_deleted", "channel_active", "member_joined", "member_left",
            "typing",
        }  # fmt: skip
        assert all(hasattr(push, name) for name in names - {"channel_active"})

    def test_a_name_cannot_break_out_of_an_envelope(self, harbour: Harbour, told: Told) -> None:
        User.objects.filter(pk=harbour.carol.pk).update(display_name='"><script>alert(1)</script>')
        harbour.carol.refresh_from_db()
        push.typing(harbour.general.pk, harbour.carol)
        message = post(harbour.carol, harbour.general)
        for fragment in (told.fragments[0][1], push.message_envelope("message_created", message)):
            assert "<script>" not in fragment
            assert "&lt;script&gt;" in fragment

    def test_a_tombstone_tells_nothing_of_what_was_said_or_answered(self, harbour: Harbour) -> None:
        secret = post(harbour.alice, harbour.general, "swordfish")
        answer = post(harbour.carol, harbour.general, "I know!", reply_to=secret)
        actions.delete_message(actor=harbour.alice, message=secret)
        tombstone = push.message_envelope("message_deleted", Message.objects.for_display().get(pk=secret.pk))
        quoting = push.message_envelope("message_edited", Message.objects.for_display().get(pk=answer.pk))
        assert "swordfish" not in tombstone + quoting
        assert "Message deleted" in quoting


class TestTopics:
    def test_a_message_is_two_publications_however_many_members_there_are(self, stored: Harbour, told: Told) -> None:
        for people in (0, 20):
            for number in range(people):
                make_member(stored.room, make_user(f"sailor{number}"))
            told.forget()
            post(stored.carol, stored.general)
            assert told.topics == [stored.general.topic, stored.room.topic]

    def test_a_message_is_rendered_once(self, stored: Harbour, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
        rendered: list[str] = []
        render = push.render_to_string

        def counted(template: str, context: dict[str, Any]) -> str:
            rendered.append(template)
            return render(template, context)

        monkeypatch.setattr(push, "render_to_string", counted)
        post(stored.carol, stored.general)
        assert rendered == ["push/message_created.html"]

    def test_the_rooms_small_news_holds_no_word_of_the_message(self, stored: Harbour, told: Told) -> None:
        """Everybody in the room hears it, wherever in the room they are."""
        message = post(stored.carol, stored.general, "swordfish")
        [news] = told.to(stored.room.topic)
        assert news == (
            f'<hx-push event="channel_active" room="{stored.room.pk}" channel="{stored.general.pk}" '
            f'message="{message.pk}" author="{stored.carol.pk}"></hx-push>'
        )

    def test_a_message_of_one_channel_is_told_in_no_other(self, stored: Harbour, told: Told) -> None:
        pier = make_channel(stored.room, "pier")
        post(stored.carol, pier)
        assert stored.general.topic not in told.topics
        assert stored.vault.topic not in told.topics

    def test_changes_are_told_in_the_channel_only(self, stored: Harbour, told: Told) -> None:
        message = post(stored.carol, stored.general)
        told.forget()
        actions.edit_message(actor=stored.carol, message=message, body="!")
        actions.delete_message(actor=stored.carol, message=message)
        assert told.topics == [stored.general.topic] * 2

    def test_telling_costs_as_many_queries_for_many_members_as_for_few(
        self, harbour: Harbour, told: Told, django_assert_max_num_queries: Any
    ) -> None:
        message = actions.post_message(
            actor=harbour.carol, channel=harbour.general, body="Ahoy", client_id=uuid.uuid4()
        )
        for number in range(10):
            make_member(harbour.room, make_user(f"sailor{number}"))
        with django_assert_max_num_queries(0):
            push.message_created(message)

    def test_somebody_who_came_is_told_once_a_room(self, harbour: Harbour, told: Told) -> None:
        push.presence_changed([harbour.carol.pk], online=True)
        rooms = {members_topic(room.pk) for room in harbour.carol.rooms.all()}
        assert len(rooms) == 3
        assert sorted(told.topics) == sorted(rooms)
        assert all('presence="online"' in fragment for _, fragment in told.fragments)

    def test_the_counts_of_channels_are_looked_up_together(
        self, harbour: Harbour, django_assert_num_queries: Any
    ) -> None:
        post(harbour.carol, harbour.general)
        channels = [harbour.general.pk, harbour.strongbox.pk]
        with django_assert_num_queries(1):
            found = push.channel_seqs(channels)
        assert found == {
            channels[0]: f'<hx-push event="channel_seq" channel="{channels[0]}" seq="1"></hx-push>',
            channels[1]: f'<hx-push event="channel_seq" channel="{channels[1]}" seq="0"></hx-push>',
        }
        assert push.channel_seqs([0]) == {}
        assert Channel.objects.get(pk=channels[0]).seq == 1
