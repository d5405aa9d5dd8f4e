"""The members: in pages by key, by search, each with a page of their own, at a cost that does not grow."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from rooms import members, permissions
from rooms.models import Channel, Membership
from rooms.permissions import Role
from rooms.presence import ProcessPresence
from tests.factories import make_channel, make_member, make_user, post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.roles.conftest import grant, take

pytestmark = pytest.mark.services

PAGE = "/rooms/harbour/members/"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessPresence]:
    store = ProcessPresence()
    monkeypatch.setattr(members, "presence", lambda: store)
    yield store


def crew(harbour: Harbour, number: int, first: int = 0) -> list[User]:
    """So many sailors more, in bulk, all members of the harbour."""
    people = User.objects.bulk_create(User(username=f"sailor{first + each:03}", password="!") for each in range(number))
    Membership.objects.bulk_create(Membership(room=harbour.room, user=person) for person in people)
    return people


def names_on(page: str) -> list[str]:
    return re.findall(r'<span class="member__name">([^<]*)</span>', page)


class TestPages:
    def test_every_member_is_on_one_page_those_who_are_here_first(
        self, harbour: Harbour, here: ProcessPresence, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people = crew(harbour, 12)
        for person in (people[3], people[9], harbour.carol):
            here.arrive(person.pk, "phone")
        seen: list[str] = []
        after, pages = "", 0
        while pages == 0 or after:
            found = members.members_of(harbour.room, limit=4, after=after)
            assert (found.total, found.here) == (15, 3)
            seen += [member.user.username for member in found]
            after, pages = found.after, pages + 1
        others = ["alice", "bob", *(f"sailor{each:03}" for each in range(12) if each not in (3, 9))]
        assert seen == ["carol", "sailor003", "sailor009", *others]
        assert pages == 4

    def test_the_links_lead_through_all_of_them(self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
        crew(harbour, 230)
        Membership.objects.filter(user__username="sailor100").update(nickname='&"Ё?#-1')
        browser, address, seen = browser_of(harbour.alice), PAGE, []
        while address:
            page = browser.get(address).content.decode()
            seen += names_on(page)
            [address] = re.findall(r'<a class="button" href="(\?[^"]*after=[^"]*)"', page) or [""]
            address = address and PAGE + address.replace("&amp;", "&")
        assert len(seen) == len(set(seen)) == 233

    def test_people_of_one_name_are_all_there(self, harbour: Harbour) -> None:
        crew(harbour, 9)
        Membership.objects.filter(room=harbour.room).update(nickname="Anonymous")
        seen, after = [], ""
        while not seen or after:
            found = members.members_of(harbour.room, limit=5, after=after)
            seen += [member.user.username for member in found]
            after = found.after
        assert len(seen) == len(set(seen)) == 12

    def test_whoever_leaves_takes_no_page_with_them(self, harbour: Harbour) -> None:
        crew(harbour, 10)
        found = members.members_of(harbour.room, limit=5)
        found[-1].membership.delete()
        rest = members.members_of(harbour.room, limit=50, after=found.after)
        assert len(rest) == 13 - 5

    @pytest.mark.parametrize("after", ["x", "1", "2-1-a", "0-x-a", "0-1-a\x00b", f"0-{'9' * 30}-a", "-", "0-١-a"])
    def test_a_made_up_place_is_the_beginning(self, harbour: Harbour, after: str) -> None:
        page = browser_of(harbour.alice).get(PAGE, {"after": after}).content.decode()
        assert names_on(page) == ["alice", "bob", "carol"]
        answer = Caller(harbour.alice).get("chat/rooms/harbour/members/", after=after)
        assert (answer.status_code, list(answer.json())) == (400, ["after"])

    def test_over_rest(self, harbour: Harbour) -> None:
        crew(harbour, 4)
        alice, address, seen = Caller(harbour.alice), "chat/rooms/harbour/members/?limit=3", []
        while address:
            answer = alice.get(address).json()
            assert answer["member_count"] == 7
            seen += [member["user"]["username"] for member in answer["results"]]
            address = answer["next"]
        assert seen == ["alice", "bob", "carol", *(f"sailor{each:03}" for each in range(4))]


class TestSearch:
    @pytest.fixture(autouse=True)
    def crowd(self, harbour: Harbour) -> None:
        make_member(harbour.room, make_user("zoe", "Анна Ли"))
        dave = make_member(harbour.room, make_user("dave", "Davey"))
        dave.nickname = "Ёжик (50% off_)"
        dave.save()
        crew(harbour, 3)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("CAR", ["carol"]),
            ("анна", ["Анна Ли"]),
            ("ZOE", ["Анна Ли"]),
            ("ёЖИК", ["Ёжик (50% off_)"]),
            ("ежик", ["Ёжик (50% off_)"]),
            ("50% OFF", ["Ёжик (50% off_)"]),
            ("davey", ["Ёжик (50% off_)"]),
            ("(50%", ["Ёжик (50% off_)"]),
            (".*", []),
            ("%", ["Ёжик (50% off_)"]),
            ("_", ["Ёжик (50% off_)"]),
            ("mallory", []),
            ("sailor", ["sailor000", "sailor001", "sailor002"]),
            ("\\", []),
            ("[a", []),
            ("***", []),
            ("(?i)", []),
        ],
    )
    def test_by_username_display_name_or_nickname(self, harbour: Harbour, asked: str, found: list[str]) -> None:
        page = browser_of(harbour.carol).get(PAGE, {"q": asked}).content.decode()
        assert names_on(page) == found
        answer = Caller(harbour.carol).get("chat/rooms/harbour/members/", q=asked).json()
        assert [each["nickname"] or each["user"]["name"] for each in answer["results"]] == found

    @pytest.mark.parametrize("asked", ["", "  ", "\x00", "x" * 200])
    def test_nothing_and_nonsense_find_everybody(self, harbour: Harbour, asked: str) -> None:
        assert len(names_on(browser_of(harbour.carol).get(PAGE, {"q": asked}).content.decode())) == 8

    def test_it_goes_on_by_pages(self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
        first = members.members_of(harbour.room, limit=2, search="SAILOR")
        rest = members.members_of(harbour.room, limit=2, search="SAILOR", after=first.after)
        assert [member.name for member in [*first, *rest]] == ["sailor000", "sailor001", "sailor002"]
        assert rest.after == ""

    def test_a_search_is_shown_as_text(self, harbour: Harbour) -> None:
        page = browser_of(harbour.carol).get(PAGE, {"q": '"><script>'}).content.decode()
        assert '"><script>' not in page
        assert "Nobody here is called" in page


class TestAMembersPage:
    def page(self, harbour: Harbour, reader: str, member: str) -> str:
        answer = browser_of(getattr(harbour, reader)).get(f"{PAGE}{member}/")
        assert answer.status_code == 200
        return answer.content.decode()

    def test_says_the_role_in_words_since_when_and_whether_they_are_here(self, harbour: Harbour) -> None:
        page = self.page(harbour, "carol", "bob")
        assert "<dd>moderator</dd>" in page
        assert "Member since" in page
        assert "away" in page
        for verb in ("nickname", "role", "timeout", "kick", "ban"):
            assert f"/members/bob/{verb}/" not in page

    def test_shows_each_what_they_may_do(self, harbour: Harbour) -> None:
        verbs = ("nickname", "role", "timeout", "kick", "ban")

        def offered(reader: str, member: str) -> set[str]:
            page = self.page(harbour, reader, member)
            return {verb for verb in verbs if f"/members/{member}/{verb}/" in page}

        assert offered("alice", "bob") == offered("alice", "carol") == set(verbs)
        assert offered("bob", "carol") == {"nickname", "timeout", "kick", "ban"}
        assert offered("bob", "alice") == set()
        assert offered("bob", "bob") == offered("carol", "carol") == offered("alice", "alice") == {"nickname"}
        take(harbour.room, Role.MODERATOR, permissions.BAN_MEMBERS, permissions.KICK_MEMBERS)
        assert offered("bob", "carol") == {"timeout"}
        grant(harbour.room, Role.USER, permissions.BAN_MEMBERS)
        assert offered("carol", "bob") == set()

    @pytest.mark.parametrize("path", ["", "role/", "nickname/"])
    def test_who_belongs_to_another_room_is_not_there(self, harbour: Harbour, path: str) -> None:
        make_member(harbour.vault, harbour.mallory)
        browser = browser_of(harbour.alice)
        assert browser.get(f"{PAGE}mallory/{path}").status_code == 404
        assert browser.get(f"{PAGE}nobody/{path}").status_code == 404
        assert Caller(harbour.alice).get("chat/rooms/harbour/members/mallory/").status_code == 404

    def test_is_for_those_who_may_see_members(self, harbour: Harbour) -> None:
        assert browser_of(harbour.mallory).get(f"{PAGE}bob/").status_code == 403
        assert browser_of(None).get(f"{PAGE}bob/").status_code == 403
        assert browser_of(harbour.mallory).get("/rooms/vault/members/bob/").status_code == 404
        take(harbour.room, Role.USER, permissions.VIEW_MEMBERS)
        browser = browser_of(harbour.carol)
        assert browser.get(f"{PAGE}bob/").status_code == browser.get(f"{PAGE}nobody/").status_code == 403
        # Whoever may see nobody may still choose what they are called.
        assert browser.get(f"{PAGE}carol/").status_code == 200
        assert Caller(harbour.carol).get("chat/rooms/harbour/members/bob/").status_code == 403

    def test_the_lists_lead_there(self, harbour: Harbour) -> None:
        for page in (PAGE, "/rooms/harbour/general/"):
            assert f'href="{PAGE}bob/"' in browser_of(harbour.carol).get(page).content.decode()

    def test_a_username_with_a_dot_is_an_address(self, harbour: Harbour) -> None:
        make_member(harbour.room, make_user("first.mate"))
        assert browser_of(harbour.carol).get(f"{PAGE}{quote('first.mate')}/").status_code == 200


class TestCost:
    """A channel's page costs the same in a village and in a city."""

    def cost(self, person: User) -> tuple[int, int, list[str]]:
        browser = browser_of(person)
        browser.get("/rooms/harbour/general/")  # the read mark moves at the first look
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get("/rooms/harbour/general/")
        asked = [query["sql"] for query in captured]
        tables = ("rooms_roomgroupobjectpermission", "auth_permission", "rooms_rolegroup", "auth_group")
        return (
            len(asked),
            sum(any(table in sql for table in tables) for sql in asked),
            names_on(answer.content.decode()),
        )

    def test_the_page_takes_as_many_queries_and_lines_in_a_city(
        self, harbour: Harbour, here: ProcessPresence, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        readers = (harbour.alice, harbour.bob, harbour.carol, harbour.mallory)
        post(harbour.alice, harbour.general)
        few = [self.cost(reader)[:2] for reader in readers]

        sailors = crew(harbour, 300)
        Membership.objects.filter(user__in=sailors[::3]).update(nickname="Old salt")
        for person in sailors[::2]:
            here.arrive(person.pk, "phone")
        Channel.objects.bulk_create(
            Channel(room=harbour.room, slug=f"pier-{each}", name="pier", position=each + 2) for each in range(40)
        )
        for person in sailors[:60]:
            post(person, harbour.general)
        loaded: list[Any] = []
        from_db = Membership.from_db.__func__

        def counted(cls: type[Membership], *args: Any) -> Membership:
            loaded.append(cls)
            return from_db(cls, *args)

        monkeypatch.setattr(Membership, "from_db", classmethod(counted))
        for reader, (queries, rights) in zip(readers, few, strict=True):
            loaded.clear()
            many, many_rights, shown = self.cost(reader)
            assert many == queries
            assert many_rights == rights <= 2
            if reader != harbour.mallory:
                assert len(shown) == members.SHOWN
                # Two looks at the page, each with the reader's own membership and one row more than is shown.
                assert len(loaded) <= 2 * (members.SHOWN + 2)

    def test_a_page_of_members_takes_two_queries(self, harbour: Harbour, here: ProcessPresence) -> None:
        sailors = crew(harbour, 250)
        for person in sailors[::2]:
            here.arrive(person.pk, "phone")
        make_channel(harbour.room, "pier")
        with CaptureQueriesContext(connection) as captured:
            found = members.members_of(harbour.room, harbour.alice.pk)
            assert all(member.name for member in found)
        assert len(captured) == 2
        assert (len(found), found.total, found.here) == (members.SHOWN, 253, 126)


def test_a_moderator_sends_a_member_to_review_from_their_page(harbour: Harbour) -> None:
    page = browser_of(harbour.bob).get("/rooms/harbour/members/carol/").content.decode()
    assert 'href="/rooms/harbour/members/carol/review/"' in page
