"""Pages of history by key, and how the messages of a page stand together."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from rooms import actions, timeline
from rooms.models import Channel, Message
from rooms.timeline import GROUP_WITHIN, Changes, Page
from tests.factories import make_channel, post, text_channel
from tests.rooms.conftest import Harbour

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def write(channel: Channel, author: User | None, at: datetime = NOON, text: str = "Ahoy") -> Message:
    """A message of that moment, as if it had been posted then."""
    message = Message.objects.create(
        channel=channel,
        author=author,
        body=text,
        body_html=f"<p>{text}</p>",
        changed_seq=Message.objects.filter(channel=channel).count() + 1,
        created_at=at,
    )
    message.channel = channel
    return message


@pytest.fixture
def waves(harbour: Harbour) -> list[Message]:
    """Ten messages in the harbour, with others elsewhere between them."""
    elsewhere = make_channel(harbour.room, "pier")
    found = []
    for number in range(10):
        write(elsewhere, harbour.bob)
        found.append(write(harbour.general, harbour.alice, text=f"wave {number}"))
    return found


def numbers(page: Page) -> list[int]:
    return [int(message.body.removeprefix("wave ")) for message in page.messages]


class TestPages:
    def test_the_newest_page_ends_at_the_end(self, harbour: Harbour, waves: list[Message]) -> None:
        page = timeline.latest(harbour.general, 4)
        assert (numbers(page), page.has_older, page.has_newer) == ([6, 7, 8, 9], True, False)
        assert (page.first_id, page.last_id) == (waves[6].pk, waves[9].pk)

    def test_a_page_that_just_fits_has_nothing_before_it(self, harbour: Harbour, waves: list[Message]) -> None:
        page = timeline.latest(harbour.general, 10)
        assert (len(page.messages), page.has_older) == (10, False)

    def test_walking_back_and_forth_shows_everything_once_and_in_order(
        self, harbour: Harbour, waves: list[Message]
    ) -> None:
        page = timeline.latest(harbour.general, 3)
        back = numbers(page)
        while page.has_older:
            page = timeline.before(harbour.general, page.first_id, 3)
            assert page.has_newer
            back = numbers(page) + back
        assert back == list(range(10))

        page = timeline.after(harbour.general, 0, 3)
        forth = numbers(page)
        assert not page.has_older
        while page.has_newer:
            page = timeline.after(harbour.general, page.last_id, 3)
            assert page.has_older
            forth += numbers(page)
        assert forth == list(range(10))

    def test_a_message_that_comes_while_one_reads_back_moves_nothing(
        self, harbour: Harbour, waves: list[Message]
    ) -> None:
        """Pages counted by offset would show the last message of one page again as the first of the next."""
        page = timeline.latest(harbour.general, 3)
        write(harbour.general, harbour.bob, text="wave 10")
        assert numbers(timeline.before(harbour.general, page.first_id, 3)) == [4, 5, 6]

    def test_a_permalink_stands_in_the_middle(self, harbour: Harbour, waves: list[Message]) -> None:
        page = timeline.around(harbour.general, waves[5].pk, 4)
        assert (numbers(page), page.has_older, page.has_newer) == ([3, 4, 5, 6], True, True)
        page = timeline.around(harbour.general, waves[0].pk, 4)
        assert (numbers(page), page.has_older, page.has_newer) == ([0, 1], False, True)
        page = timeline.around(harbour.general, waves[9].pk, 4)
        assert (numbers(page), page.has_older, page.has_newer) == ([7, 8, 9], True, False)

    def test_an_empty_channel_is_an_empty_page(self, harbour: Harbour) -> None:
        for page in (
            timeline.latest(harbour.general),
            timeline.before(harbour.general, 9),
            timeline.after(harbour.general, 0),
        ):
            assert (page.messages, page.entries, page.has_older, page.has_newer) == ([], [], False, False)
            assert page.first_id == page.last_id == 0

    def test_a_page_is_one_query_or_two_with_all_that_it_shows(
        self, harbour: Harbour, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        first = post(harbour.alice, harbour.general)
        for _ in range(5):
            post(harbour.bob, harbour.general, reply_to=first)
        with django_assert_num_queries(1):
            page = timeline.latest(harbour.general)
            shown = [(each.author, each.reply_to and each.reply_to.author, each.channel.room) for each in page.messages]
        assert len(shown) == 6
        with django_assert_num_queries(2):
            timeline.before(harbour.general, first.pk)


class TestChanges:
    def test_changes_come_in_the_order_in_which_they_were_made(self, harbour: Harbour) -> None:
        first, second, third = (post(harbour.alice, harbour.general, f"wave {number}") for number in range(3))
        actions.edit_message(actor=harbour.alice, message=first, body="changed")
        actions.delete_message(actor=harbour.alice, message=second)
        changes = timeline.changed_after(text_channel(harbour.room), 0, 10)
        assert [message.pk for message in changes.messages] == [third.pk, first.pk, second.pk]
        assert [message.changed_seq for message in changes.messages] == [3, 4, 5]
        assert changes.messages[2].is_deleted
        assert (changes.seq, changes.more) == (5, False)

    def test_nothing_is_told_twice_and_the_rest_is_announced(self, harbour: Harbour, waves: list[Message]) -> None:
        general = text_channel(harbour.room)
        changes = timeline.changed_after(general, 3, 4)
        assert ([message.changed_seq for message in changes.messages], changes.more) == ([4, 5, 6, 7], True)
        changes = timeline.changed_after(general, changes.seq, 4)
        assert ([message.changed_seq for message in changes.messages], changes.more) == ([8, 9, 10], False)
        assert timeline.changed_after(general, 10, 4) == Changes([], seq=general.seq, more=False)

    def test_what_is_written_while_one_asks_is_asked_for_again(self, harbour: Harbour) -> None:
        """Between the look at the channel and the look at its messages somebody writes."""
        general = text_channel(harbour.room)
        post(harbour.alice, harbour.general)
        assert timeline.changed_after(general, 0, 10).seq == 0


class TestStanding:
    def entries(self, *messages: Message) -> list[tuple[bool, date | None]]:
        return [(entry.grouped, entry.new_day) for entry in timeline.arrange(messages)]

    def test_what_one_person_goes_on_saying_stands_under_one_heading(self, harbour: Harbour) -> None:
        general, alice, bob = harbour.general, harbour.alice, harbour.bob
        entries = self.entries(
            write(general, alice),
            write(general, alice, NOON + timedelta(minutes=1)),
            write(general, bob, NOON + timedelta(minutes=2)),
            write(general, alice, NOON + timedelta(minutes=3)),
            write(general, alice, NOON + timedelta(minutes=3) + GROUP_WITHIN),
            write(general, alice, NOON + timedelta(minutes=2, seconds=59) + GROUP_WITHIN * 2),
        )
        assert [grouped for grouped, _ in entries] == [False, True, False, False, False, True]

    def test_an_answer_a_tombstone_and_nobody_stand_alone(self, harbour: Harbour) -> None:
        general, alice = harbour.general, harbour.alice
        first, second, third, fourth = (write(general, alice) for _ in range(4))
        second.reply_to = first
        third.deleted_at = NOON
        assert [grouped for grouped, _ in self.entries(first, second, third, fourth)] == [False] * 4
        assert [grouped for grouped, _ in self.entries(write(general, None), write(general, None))] == [False] * 2

    def test_a_day_begins_where_the_reader_is(self, harbour: Harbour) -> None:
        late = write(harbour.general, harbour.alice, datetime(2026, 3, 14, 20, 58, tzinfo=UTC))
        later = write(harbour.general, harbour.alice, datetime(2026, 3, 14, 21, 2, tzinfo=UTC))
        with timezone.override(UTC):
            assert self.entries(late, later) == [(False, date(2026, 3, 14)), (True, None)]
        with timezone.override(ZoneInfo("Europe/Moscow")):
            assert self.entries(late, later) == [(False, date(2026, 3, 14)), (False, date(2026, 3, 15))]

    def test_the_new_ones_are_told_from_the_read_ones(self, harbour: Harbour, waves: list[Message]) -> None:
        page = timeline.latest(harbour.general, 10)

        def first_new(read_until: int, reader: User) -> list[int]:
            entries = page.entries_since(read_until, reader.pk)
            return [index for index, entry in enumerate(entries) if entry.first_unread]

        assert first_new(waves[3].pk, harbour.bob) == [4]
        assert first_new(waves[9].pk, harbour.bob) == []
        # One's own words are not news, and a line above the beginning would tell nothing apart.
        assert first_new(waves[3].pk, harbour.alice) == []
        assert first_new(0, harbour.bob) == []
        assert timeline.latest(harbour.general, 4).entries_since(0, harbour.bob.pk)[0].first_unread

    def test_the_first_new_one_has_a_heading_of_its_own(self, harbour: Harbour, waves: list[Message]) -> None:
        entry = timeline.latest(harbour.general, 10).entries_since(waves[3].pk, harbour.bob.pk)[4]
        assert (entry.first_unread, entry.grouped) == (True, False)
        assert timeline.latest(harbour.general, 10).entries[4].grouped
