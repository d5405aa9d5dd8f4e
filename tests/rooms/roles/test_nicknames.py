"""What somebody is called in one room: who decides, and everywhere it shows."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from eclipse import ratelimit
from eclipse.ratelimit import RateLimited
from rooms import actions, permissions, push, timeline
from rooms.models import AuditEntry, Membership, Message
from rooms.models.channel import members_topic
from rooms.permissions import Role
from tests.factories import make_member, make_user, post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of
from tests.rooms.roles.conftest import take

pytestmark = pytest.mark.services

NICKNAME = "/rooms/harbour/members/{}/nickname/"


def nickname_of(harbour: Harbour, username: str) -> str:
    return Membership.objects.get(room=harbour.room, user__username=username).nickname


def named(harbour: Harbour, username: str, nickname: str) -> None:
    Membership.objects.filter(room=harbour.room, user__username=username).update(nickname=nickname)


class TestWhoDecides:
    def test_carol_takes_a_nickname_and_gives_it_up(self, harbour: Harbour) -> None:
        browser = browser_of(harbour.carol)
        answer = browser.post(NICKNAME.format("carol"), {"nickname": "  Captain   Nemo "})
        assert answer["Location"] == "/rooms/harbour/members/carol/"
        assert nickname_of(harbour, "carol") == "Captain Nemo"
        assert "Captain Nemo" in browser.get("/rooms/harbour/members/").content.decode()
        assert "Captain Nemo" not in browser.get("/rooms/vault/members/").content.decode()
        browser.post(NICKNAME.format("carol"), {"nickname": ""})
        assert nickname_of(harbour, "carol") == ""

    @pytest.mark.parametrize("nickname", ["x" * 49, "Cap\u202etain", "a\x00b", "\u200b"])
    def test_what_is_no_name_is_refused_and_kept_in_the_form(self, harbour: Harbour, nickname: str) -> None:
        answer = browser_of(harbour.carol).post(NICKNAME.format("carol"), {"nickname": nickname})
        assert answer.status_code == 422
        assert "field--invalid" in answer.content.decode()
        assert nickname_of(harbour, "carol") == ""

    def test_bob_renames_carol_and_the_log_says_so(self, harbour: Harbour) -> None:
        named(harbour, "carol", "Rude")
        assert (
            browser_of(harbour.bob).post(NICKNAME.format("carol"), {"nickname": "", "reason": "Rude"}).status_code
            == 302
        )
        assert nickname_of(harbour, "carol") == ""
        entry = AuditEntry.objects.get()
        assert (entry.deed, entry.reason, entry.details["before"]) == ("nickname_changed", "Rude", "Rude")

    @pytest.mark.parametrize("subject", ["alice", "dave"])
    def test_he_renames_nobody_who_stands_as_high(self, harbour: Harbour, subject: str) -> None:
        make_member(harbour.room, make_user("dave"), Role.MODERATOR)
        assert browser_of(harbour.bob).post(NICKNAME.format(subject), {"nickname": "Clown"}).status_code == 403
        assert nickname_of(harbour, subject) == ""

    def test_carol_renames_nobody(self, harbour: Harbour) -> None:
        make_member(harbour.room, make_user("dave"))
        for subject in ("alice", "bob", "dave"):
            assert browser_of(harbour.carol).post(NICKNAME.format(subject), {"nickname": "Clown"}).status_code == 403
        assert browser_of(harbour.mallory).post(NICKNAME.format("mallory"), {"nickname": "Me"}).status_code == 404

    def test_without_the_right_to_remove_members_bob_has_only_his_own_name(self, harbour: Harbour) -> None:
        browser = browser_of(harbour.bob)
        assert browser.get(NICKNAME.format("carol")).status_code == 200
        take(harbour.room, Role.MODERATOR, permissions.KICK_MEMBERS)
        assert browser.post(NICKNAME.format("carol"), {"nickname": "Clown"}).status_code == 403
        assert browser.post(NICKNAME.format("bob"), {"nickname": "Bobby"}).status_code == 302

    def test_whoever_is_mute_cannot_speak_through_their_name(self, harbour: Harbour) -> None:
        until = timezone.now() + timedelta(hours=1)
        actions.time_out_member(actor=harbour.bob, room=harbour.room, subject=harbour.carol, until=until)
        browser = browser_of(harbour.carol)
        assert browser.post(NICKNAME.format("carol"), {"nickname": "bob is a fool"}).status_code == 403
        assert "Save the nickname" not in browser.get("/rooms/harbour/members/carol/").content.decode()
        with pytest.raises(PermissionDenied):
            actions.set_nickname(actor=harbour.carol, room=harbour.room, subject=harbour.carol, nickname="Fool")

    def test_it_is_limited(self, harbour: Harbour, settings: Settings) -> None:
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "nicknames": "1/60 second"}
        ratelimit.forget_all()
        browser = browser_of(harbour.carol)
        assert browser.post(NICKNAME.format("carol"), {"nickname": "One"}).status_code == 302
        answer = browser.post(NICKNAME.format("carol"), {"nickname": "Two"})
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0
        assert 'value="Two"' in answer.content.decode()
        with pytest.raises(RateLimited):
            actions.set_nickname(actor=harbour.carol, room=harbour.room, subject=harbour.carol, nickname="Two")
        assert nickname_of(harbour, "carol") == "One"

    def test_over_rest(self, harbour: Harbour) -> None:
        carol, address = Caller(harbour.carol), "chat/rooms/harbour/members/carol/"
        answer = carol.patch(address, {"nickname": " Nemo "})
        assert (answer.status_code, answer.json()["nickname"]) == (200, "Nemo")
        for nickname in ("x" * 49, "Cap\u202etain", 5, None):
            refused = carol.patch(address, {"nickname": nickname})
            assert (refused.status_code, list(refused.json())) == (400, ["nickname"])
        assert carol.patch("chat/rooms/harbour/members/bob/", {"nickname": "Clown"}).status_code == 403
        assert carol.patch(address, {}).json()["nickname"] == "Nemo"
        assert Caller(harbour.bob).get(address).json()["nickname"] == "Nemo"


class TestWhereItShows:
    def test_in_the_rooms_history_and_over_an_answer_and_nowhere_else(self, harbour: Harbour) -> None:
        for channel in (harbour.general, harbour.strongbox):
            post(harbour.bob, channel, "Aye", reply_to=post(harbour.carol, channel, "Ahoy"))
        named(harbour, "carol", "Captain Nemo")
        browser = browser_of(harbour.alice)
        page = browser.get("/rooms/harbour/general/").content.decode()
        assert "Captain Nemo</a></h3>" in page
        assert "<b>Captain Nemo</b> Ahoy" in page
        assert "Captain Nemo" not in browser.get("/rooms/vault/general/").content.decode()
        assert "carol</a></h3>" in browser.get("/rooms/vault/general/").content.decode()

    def test_somebody_who_left_has_their_own_name_again(self, harbour: Harbour) -> None:
        post(harbour.carol, harbour.general, "Ahoy")
        named(harbour, "carol", "Captain Nemo")
        actions.leave_room(actor=harbour.carol, room=harbour.room)
        assert "carol</a></h3>" in browser_of(harbour.alice).get("/rooms/harbour/general/").content.decode()

    def test_in_what_open_pages_are_told(self, stored: Harbour, told: Told) -> None:
        named(stored, "carol", "Captain Nemo")
        named(stored, "bob", "Bosun")
        question = post(stored.carol, stored.general, "Who?")
        answer = post(stored.bob, stored.general, "Me", reply_to=question)
        created = [fragment for fragment in told.to(stored.general.topic) if "message_created" in fragment]
        assert "Captain Nemo</a></h3>" in created[0]
        assert "Bosun</a></h3>" in created[1]
        assert "<b>Captain Nemo</b> Who?" in created[1]
        actions.edit_message(actor=stored.bob, message=Message.objects.get(pk=answer.pk), body="I")
        assert "Bosun</a></h3>" in told.to(stored.general.topic)[-1]
        push.typing(stored.general.pk, stored.carol, "Captain Nemo")
        assert 'name="Captain Nemo"' in told.to(stored.general.topic)[-1]

    def test_in_every_open_list_of_members_at_once(self, stored: Harbour, told: Told) -> None:
        actions.set_nickname(actor=stored.carol, room=stored.room, subject=stored.carol, nickname="Captain <Nemo>")
        [line] = told.to(members_topic(stored.room.pk))
        assert 'event="member_changed"' in line
        assert "Captain &lt;Nemo&gt;" in line
        assert (f"user.{stored.carol.pk}", "recheck") in told.commands

    def test_a_page_of_history_takes_one_query_with_the_names(
        self, harbour: Harbour, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        named(harbour, "carol", "Nemo")
        question = post(harbour.carol, harbour.general, "Who?")
        post(harbour.bob, harbour.general, "Me", reply_to=question)
        with django_assert_num_queries(1):
            page = timeline.latest(harbour.general)
            names = [(message.author_name, message.quoted_name) for message in page.messages]
        assert names == [("Nemo", ""), ("bob", "Nemo")]

    def test_over_rest_beside_the_name(self, harbour: Harbour) -> None:
        named(harbour, "carol", "Nemo")
        written = Caller(harbour.carol).say("harbour", "Ahoy")
        assert (written["nickname"], written["author"]["name"]) == ("Nemo", "carol")
