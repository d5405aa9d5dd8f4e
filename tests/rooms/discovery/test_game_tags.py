"""A room's games: chosen, proposed, removed; and what staff make of proposals."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from rooms import actions, permissions
from rooms.models import AuditEntry, Ban, GameTag, Room
from rooms.models.audit_entry import Deed
from rooms.models.role_group import RoleGroup, RoomGroupObjectPermission
from rooms.permissions import Role
from tests.factories import make_room, make_user
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.views.answers import BOTH, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.services]

TAGS = "/rooms/harbour/settings/tags/"


@pytest.fixture
def moon() -> GameTag:
    return GameTag.objects.create(name="Зов Луны 2", slug="moon-call-2", aliases="mc2\nMoon Call", is_approved=True)


@pytest.fixture
def staff(db: None) -> User:
    user = make_user("sysop")
    user.is_staff = True
    user.save()
    return user


def names(room: Room) -> set[str]:
    return set(room.tags.values_list("name", flat=True))


def add(harbour: Harbour, name: str, actor: User | None = None, room: Room | None = None) -> GameTag:
    return actions.add_game_tag(actor=actor or harbour.alice, room=room or harbour.room, name=name)


class TestAdding:
    @BOTH
    def test_alice_looks_for_a_game_and_adds_it(self, harbour: Harbour, moon: GameTag, headers: dict[str, str]) -> None:
        alice = browser_of(harbour.alice)
        page = text_of(alice.get(TAGS, {"q": "MOON"}, headers=headers))
        assert 'name="name" value="Зов Луны 2"' in page
        assert "You can propose it" in page, "no game is called Moon alone"
        answer = alice.post(TAGS, {"name": "Зов Луны 2"}, headers=headers, follow=True)
        assert "People find the room by “Зов Луны 2” now." in text_of(answer)
        assert names(harbour.room) == {"Зов Луны 2"}
        assert "The room has this game already." in text_of(alice.get(TAGS, {"q": "mc2"}))

    @pytest.mark.parametrize(
        "name", ["зов луны 2", "MC2", "moon call", "Moon-Call!", "3OB ЛУНЫ 2", "зoв луны 2", " mc2 "]
    )
    def test_what_is_called_or_looks_alike_is_the_game_that_is_there(
        self, harbour: Harbour, moon: GameTag, name: str
    ) -> None:
        games = GameTag.objects.count()
        answer = browser_of(harbour.alice).post(TAGS, {"name": name})
        if name.startswith("3"):
            # A digit for a letter of another shape is not taken for it.
            assert GameTag.objects.count() == games + 1
        else:
            assert answer.status_code == 302
            assert names(harbour.room) == {"Зов Луны 2"}
            assert GameTag.objects.count() == games

    def test_one_that_is_not_known_waits_and_is_shown_to_the_rooms_managers_alone(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.alice).post(TAGS, {"name": "Lanternfall"}, follow=True)
        assert "waits until the site’s staff have looked at it" in text_of(answer)
        assert "waits for the site’s staff" in text_of(answer)
        tag = GameTag.objects.get(name="Lanternfall")
        assert (tag.is_approved, tag.proposed_by, tag.slug) == (False, harbour.alice, "lanternfall")
        for client in (browser_of(harbour.carol), browser_of(None)):
            for address in ("/rooms/", "/rooms/?tag=lanternfall", "/rooms/?q=lanternfall"):
                assert "waits" not in text_of(client.get(address))
                assert "harbour" not in [
                    room.slug for room in client.get(address).context["page"].rooms if room.approved_tags
                ]

    def test_another_rooms_proposal_is_joined(self, harbour: Harbour) -> None:
        first = add(harbour, "Lanternfall")
        pier = make_room(harbour.mallory, "Pier")
        assert actions.add_game_tag(actor=harbour.mallory, room=pier, name="LANTERN-FALL") == first

    def test_the_page_offers_to_join_another_rooms_proposal(self, harbour: Harbour) -> None:
        add(harbour, "Lighthouse Tycoon", room=harbour.vault)
        alice = browser_of(harbour.alice)
        assert "You can propose it" in text_of(alice.get(TAGS, {"q": "Lighthouse Tycoon"}))
        alice.post(TAGS, {"name": "Lighthouse Tycoon"})
        assert names(harbour.room) == {"Lighthouse Tycoon"}
        page = text_of(alice.get(TAGS, {"q": "Lighthouse Tycoon"}))
        assert "You can propose it" not in page
        assert "The room has this game already." in page

    def test_adding_twice_changes_nothing(self, harbour: Harbour, moon: GameTag) -> None:
        add(harbour, "mc2")
        add(harbour, "Зов Луны 2")
        assert AuditEntry.objects.filter(room=harbour.room, deed=Deed.TAGS_EDITED).count() == 1

    def test_the_address_of_a_proposal_is_its_own(self, harbour: Harbour, moon: GameTag) -> None:
        tag = add(harbour, "Moon Call 2")
        assert tag != moon
        assert tag.slug == "moon-call-2-2"

    @pytest.mark.parametrize("name", ["", "   ", "!!!", "x" * 51, "a\x00b", "a\u202eb", "\u200b", "🎲"])
    def test_a_bad_name_is_refused_and_kept(self, harbour: Harbour, name: str) -> None:
        answer = browser_of(harbour.alice).post(TAGS, {"name": name})
        assert answer.status_code == 422
        assert 'id="q_error"' in text_of(answer)
        assert not harbour.room.tags.exists()
        if name == "!!!":
            assert 'value="!!!"' in text_of(answer)

    def test_a_room_has_eight_at_most(self, harbour: Harbour, moon: GameTag) -> None:
        for number in range(8):
            GameTag.objects.create(name=f"Game number {number}", slug=f"game-{number}", is_approved=True)
            add(harbour, f"game number {number}")
        answer = browser_of(harbour.alice).post(TAGS, {"name": "mc2"})
        assert answer.status_code == 422
        assert "A room has at most 8 games: remove one first." in text_of(answer)
        assert harbour.room.tags.count() == 8

    def test_nobody_floods_the_staff_with_proposals(self, harbour: Harbour) -> None:
        for number in range(5):
            add(harbour, f"Invention {number}")
        answer = browser_of(harbour.alice).post(TAGS, {"name": "One more"})
        assert answer.status_code == 422
        assert "5 games that you proposed are waiting already" in text_of(answer)
        assert not GameTag.objects.filter(name="One more").exists()

    @pytest.mark.parametrize("query", ["%", "\x00", "x" * 500, "a" * 3 + "\u202e", "<script>"])
    def test_nonsense_is_looked_for_in_peace(self, harbour: Harbour, query: str) -> None:
        page = browser_of(harbour.alice).get(TAGS, {"q": query})
        assert page.status_code == 200
        assert "<script>" not in text_of(page).split("<main")[1]


class TestRemoving:
    def test_alice_removes_a_game_and_a_proposal_is_withdrawn(self, harbour: Harbour, moon: GameTag) -> None:
        add(harbour, "mc2")
        proposal = add(harbour, "Lanternfall")
        alice = browser_of(harbour.alice)
        for tag in (moon, proposal):
            answer = alice.post(f"{TAGS}{tag.pk}/remove/", follow=True)
            assert f"“{tag.name}” is removed." in text_of(answer)
        assert not harbour.room.tags.exists()
        assert GameTag.objects.filter(pk=moon.pk).exists()
        assert not GameTag.objects.filter(pk=proposal.pk).exists()

    def test_a_proposal_of_two_rooms_outlives_one(self, harbour: Harbour) -> None:
        tag = add(harbour, "Lanternfall")
        pier = make_room(harbour.mallory, "Pier")
        actions.add_game_tag(actor=harbour.mallory, room=pier, name="Lanternfall")
        actions.remove_game_tag(actor=harbour.alice, room=harbour.room, tag=tag)
        assert names(pier) == {"Lanternfall"}

    def test_a_game_of_another_room_is_not_here(self, harbour: Harbour, moon: GameTag) -> None:
        add(harbour, "mc2", room=harbour.vault)
        assert browser_of(harbour.alice).post(f"{TAGS}{moon.pk}/remove/").status_code == 404
        assert browser_of(harbour.alice).post(f"{TAGS}{9**20}/remove/").status_code == 404
        assert names(harbour.vault) == {"Зов Луны 2"}


class TestWho:
    def test_only_who_may_edit_the_games(self, harbour: Harbour, moon: GameTag) -> None:
        add(harbour, "mc2")
        secret = "/rooms/vault/settings/tags/"
        for person, public, private in (
            (harbour.bob, 403, 403),
            (harbour.carol, 403, 403),
            (harbour.mallory, 403, 404),
        ):
            client = browser_of(person)
            for address, status in ((TAGS, public), (secret, private)):
                assert client.get(address).status_code == status
                assert client.post(address, {"name": "mc2"}).status_code == status
                assert client.post(f"{address}{moon.pk}/remove/").status_code == status
        assert browser_of(None).get(TAGS).status_code == 302
        assert names(harbour.room) == {"Зов Луны 2"}

    def test_bob_may_by_setting_and_no_more_when_it_is_taken_meanwhile(self, harbour: Harbour, moon: GameTag) -> None:
        group = RoleGroup.objects.get(room=harbour.room, role=Role.MODERATOR).group
        right = RoomGroupObjectPermission.objects.filter(
            content_object=harbour.room, permission__codename=permissions.EDIT_GAME_TAGS
        ).first()
        assert right is not None
        grant = RoomGroupObjectPermission.objects.create(
            content_object=harbour.room, group=group, permission=right.permission
        )
        bob = browser_of(harbour.bob)
        assert bob.get(TAGS).status_code == 200
        grant.delete()
        assert bob.post(TAGS, {"name": "mc2"}).status_code == 403
        with pytest.raises(PermissionDenied):
            add(harbour, "mc2", actor=harbour.bob)
        assert not harbour.room.tags.exists()

    def test_the_banned_are_kept_out(self, harbour: Harbour) -> None:
        Ban.objects.create(room=harbour.room, user=harbour.mallory, by=harbour.alice)
        assert browser_of(harbour.mallory).get(TAGS).status_code == 403


class TestStaff:
    def test_an_approved_game_finds_its_rooms(self, harbour: Harbour, staff: User) -> None:
        tag = add(harbour, "Lanternfall")
        actions.approve_game_tag(actor=staff, tag=tag)
        page = browser_of(None).get("/rooms/", {"tag": "lanternfall"})
        assert [room.slug for room in page.context["page"].rooms] == ["harbour"]

    def test_a_rejected_game_is_gone(self, harbour: Harbour, staff: User) -> None:
        actions.reject_game_tag(actor=staff, tag=add(harbour, "Lanternfall"))
        assert not harbour.room.tags.exists()

    def test_a_merged_game_leaves_its_rooms_and_names_to_the_other(
        self, harbour: Harbour, staff: User, moon: GameTag
    ) -> None:
        add(harbour, "mc2")
        tag = add(harbour, "Moon 2: The Call")
        add(harbour, "Moon 2: The Call", room=harbour.vault)
        actions.merge_game_tags(actor=staff, tag=tag, into=moon)
        assert names(harbour.room) == names(harbour.vault) == {"Зов Луны 2"}
        assert add(harbour, "moon 2 the call") == moon
        actions.merge_game_tags(actor=staff, tag=moon, into=moon)
        assert GameTag.objects.filter(pk=moon.pk).exists()

    def test_names_that_do_not_fit_are_left_out(self, harbour: Harbour, staff: User, moon: GameTag) -> None:
        GameTag.objects.filter(pk=moon.pk).update(aliases="\n".join(f"{each:049}" for each in range(9)))
        moon.refresh_from_db()
        tag = GameTag.objects.create(name="x" * 50, slug="x", aliases="y" * 50)
        actions.merge_game_tags(actor=staff, tag=tag, into=moon)
        moon.full_clean()
        assert "x" * 50 in moon.other_names

    def test_nobody_else_decides(self, harbour: Harbour, moon: GameTag) -> None:
        tag = add(harbour, "Lanternfall")
        for act in (
            lambda: actions.approve_game_tag(actor=harbour.alice, tag=tag),
            lambda: actions.reject_game_tag(actor=harbour.alice, tag=tag),
            lambda: actions.merge_game_tags(actor=harbour.alice, tag=tag, into=moon),
        ):
            with pytest.raises(PermissionDenied):
                act()


def test_the_games_that_come_with_eclipse_are_found_by_what_people_call_them(harbour: Harbour) -> None:
    from rooms.discovery.games import game_called

    assert GameTag.objects.approved().count() >= 40
    for called, name in (
        ("cs2", "Counter-Strike 2"), ("КОНТРА", "Counter-Strike 2"), ("дота", "Dota 2"), ("майн", "Minecraft"),
        ("танки", "World of Tanks"), ("Stalker 2", "S.T.A.L.K.E.R. 2"), ("шахматы", "Chess"),
    ):  # fmt: skip
        game = game_called(called)
        assert game is not None and game.name == name, called
    # No name means two games.
    keys: dict[str, str] = {}
    from eclipse.folding import look

    for game in GameTag.objects.approved():
        for called in {game.key, *map(look, game.other_names)}:
            assert keys.setdefault(called, game.name) == game.name, called
        game.full_clean()
