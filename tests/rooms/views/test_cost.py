"""What a page and a message may cost."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from rooms.models import Channel, Membership, Message, Room
from tests.factories import make_user, post, text_channel
from tests.rooms.conftest import Harbour, Told, browser_of
from tests.rooms.views.answers import GENERAL, HTMX


class TestCost:
    """Work that a page makes must not grow with what it shows."""

    PAGES = (
        GENERAL,
        f"{GENERAL}?before=99999999",
        f"{GENERAL}changes/?after=0",
        "/rooms/harbour/sidebar/",
        "/rooms/harbour/members/",
        "/rooms/",
        "/",
    )

    def queries(self, client: Client) -> dict[str, int]:
        for page in self.PAGES:
            client.get(page)  # read marks move at the first look
        counts = {}
        for page in self.PAGES:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(page).status_code in {200, 403}
            counts[page] = len(captured)
        return counts

    def grow(self, harbour: Harbour, number: int) -> None:
        """So many members, channels, messages and rooms more; in bulk, because this is not about making them."""
        people = User.objects.bulk_create(User(username=f"sailor{each}", password="!") for each in range(number))
        Membership.objects.bulk_create(Membership(room=harbour.room, user=person) for person in people)
        Channel.objects.bulk_create(
            Channel(room=harbour.room, slug=f"pier-{each}", name="pier", position=each + 2) for each in range(number)
        )
        rooms = Room.objects.bulk_create(Room(slug=f"cove-{each}", name="Cove") for each in range(number))
        Channel.objects.bulk_create(Channel(room=room, slug="general", name="general") for room in rooms)
        Membership.objects.bulk_create(Membership(room=room, user=harbour.carol) for room in rooms)
        answered = post(harbour.alice, harbour.general, "Who?")
        Message.objects.bulk_create(
            Message(
                channel=harbour.general,
                author=person,
                body="Me",
                body_html="<p>Me</p>",
                reply_to=answered,
                changed_seq=seq,
                created_at=timezone.now(),
            )
            for seq, person in enumerate(people, answered.changed_seq + 1)
        )
        Channel.objects.filter(pk=harbour.general.pk).update(seq=answered.changed_seq + number)

    def test_pages_take_as_many_queries_for_thirty_of_everything_as_for_one(self, harbour: Harbour) -> None:
        readers = [browser_of(person) for person in (harbour.carol, harbour.mallory, None)]
        self.grow(harbour, 1)
        few = [self.queries(reader) for reader in readers]
        Membership.objects.filter(user__username="sailor0").delete()
        User.objects.filter(username="sailor0").delete()
        Channel.objects.filter(slug="pier-0").delete()
        Room.objects.filter(slug="cove-0").delete()
        self.grow(harbour, 30)
        assert [self.queries(reader) for reader in readers] == few
        # As it is now: to be raised only by somebody who means to.
        assert few[0][GENERAL] <= 14
        assert few[2][GENERAL] <= 5


class TestLive:
    def test_one_answer_and_one_pair_of_publications_a_message(self, transactional_db: None, told: Told) -> None:
        carol = make_user("carol")
        lobby = Room.objects.get(slug="lobby")
        told.forget()
        browser_of(carol).post("/rooms/lobby/general/messages/", {"body": "Ahoy"}, headers=HTMX)
        channel = text_channel(lobby)
        assert told.topics == [channel.topic, lobby.topic]
