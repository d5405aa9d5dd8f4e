"""The list of rooms, game tags and what staff decide, by REST."""

import pytest

from accounts.models import User
from rooms.models import GameTag, Membership, Room
from tests.rooms import api_people
from tests.rooms.api_people import Caller, People

people = api_people.people

TAGS = "chat/rooms/harbour/tags/"


@pytest.fixture
def moon(db: None) -> GameTag:
    return GameTag.objects.create(name="Зов Луны 2", slug="moon-call-2", aliases="mc2", is_approved=True)


@pytest.fixture
def staff(people: People) -> Caller:
    caller = Caller(User.objects.create_user("sysop", password="-"))
    User.objects.filter(username="sysop").update(is_staff=True)
    return caller


class TestRooms:
    def test_rooms_are_searched_narrowed_and_sorted(self, people: People, moon: GameTag) -> None:
        people.alice.create_room("Полночный РЕЙД")
        Room.objects.get(slug="harbour").tags.add(moon)

        def slugs(**asked: str) -> list[str]:
            return [room["slug"] for room in people.guest.get("chat/rooms/", **asked).json()["results"]]

        assert slugs(q="рейд") == ["polnochnyi-reid"]
        assert slugs(q="MC2") == slugs(tag="moon-call-2") == ["harbour"]
        assert slugs(sort="members") == ["lobby", "harbour", "polnochnyi-reid"]
        assert slugs(sort="activity")[0] == slugs()[0] == "polnochnyi-reid"
        assert slugs(tag="no-such-game") == []
        assert slugs(q="%%") == []

    def test_a_room_tells_its_games_and_who_is_here(self, people: People, moon: GameTag) -> None:
        room = Room.objects.get(slug="harbour")
        room.tags.add(moon, GameTag.objects.create(name="Waiting", slug="waiting"))
        tags = [{"id": moon.pk, "slug": "moon-call-2", "name": "Зов Луны 2", "is_approved": True}]
        [listed] = people.guest.get("chat/rooms/", q="harbour").json()["results"]
        assert (listed["tags"], listed["online_count"]) == (tags, 0)
        assert people.guest.get("chat/rooms/harbour/").json()["tags"] == tags

    def test_pages_go_on_in_both_orders(self, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("rooms.discovery.listing.PAGE_SIZE", 1)
        people.alice.create_room("Quay")
        for sort, expected in (
            ("members", ["lobby", "harbour", "quay"]),
            ("activity", ["quay", "harbour", "lobby"]),
        ):
            seen, answer = [], people.guest.get("chat/rooms/", sort=sort).json()
            while True:
                seen += [room["slug"] for room in answer["results"]]
                if answer["next"] is None:
                    break
                answer = people.guest.get(answer["next"]).json()
            assert seen == expected

    @pytest.mark.parametrize(
        ("name", "value"), [("q", "x" * 500), ("tag", "x" * 51), ("sort", "size"), ("after", "x"), ("q", "a\x00b")]
    )
    def test_a_bad_question_is_told(self, people: People, name: str, value: str) -> None:
        answer = people.guest.get("chat/rooms/", **{name: value})
        assert answer.status_code == 400
        assert list(answer.json()) == [name]


class TestTags:
    def test_alice_adds_proposes_and_removes(self, people: People, moon: GameTag) -> None:
        answer = people.alice.post(TAGS, {"name": "MC2"})
        assert (answer.status_code, answer.json()["id"]) == (200, moon.pk)
        proposed = people.alice.post(TAGS, {"name": "Lanternfall"}).json()
        assert proposed["is_approved"] is False
        assert [tag["name"] for tag in people.alice.get(TAGS).json()["results"]] == ["Зов Луны 2", "Lanternfall"]
        for caller in (people.bob, people.guest):
            assert [tag["name"] for tag in caller.get(TAGS).json()["results"]] == ["Зов Луны 2"]
        assert people.alice.delete(f"{TAGS}{moon.pk}/").status_code == 204
        assert people.alice.delete(f"{TAGS}{moon.pk}/").status_code == 404

    def test_others_may_not(self, people: People, moon: GameTag) -> None:
        assert people.bob.post(TAGS, {"name": "mc2"}).status_code == 403
        assert people.guest.post(TAGS, {"name": "mc2"}).status_code == 401
        assert people.mallory.post("chat/rooms/vault/tags/", {"name": "mc2"}).status_code == 404
        assert people.mallory.get("chat/rooms/vault/tags/").status_code == 404
        assert people.bob.delete(f"{TAGS}{moon.pk}/").status_code == 403

    @pytest.mark.parametrize(
        "body", [{}, {"name": ""}, {"name": 5}, {"name": "x" * 51}, {"name": "!!!"}, {"name": "\x00"}]
    )
    def test_a_bad_name_is_told(self, people: People, body: dict[str, object]) -> None:
        answer = people.alice.post(TAGS, body)
        assert answer.status_code == 400
        assert list(answer.json()) == ["name"]

    def test_too_many_are_refused(self, people: People) -> None:
        for number in range(5):
            assert people.alice.post(TAGS, {"name": f"Invention {number}"}).status_code == 200
        answer = people.alice.post(TAGS, {"name": "One more"})
        assert answer.status_code == 409
        assert "5 games that you proposed are waiting" in answer.json()["detail"]

    def test_the_list_of_games_is_searched(self, people: People, moon: GameTag) -> None:
        assert [tag["name"] for tag in people.guest.get("chat/game-tags/", q="ЛУНЫ").json()["results"]] == [
            "Зов Луны 2"
        ]
        assert len(people.guest.get("chat/game-tags/").json()["results"]) > 40
        assert people.guest.get("chat/game-tags/", q="x" * 500).status_code == 400


class TestStaff:
    def test_staff_decide_about_proposals(self, people: People, staff: Caller, moon: GameTag) -> None:
        ids = [people.alice.post(TAGS, {"name": name}).json()["id"] for name in ("One game", "Another", "Moon 2")]
        waiting = staff.get("staff/game-tags/").json()["results"]
        assert [(tag["id"], tag["proposed_by"]["username"]) for tag in waiting] == [(pk, "alice") for pk in ids]
        assert staff.post(f"staff/game-tags/{ids[0]}/approve/").status_code == 204
        assert staff.post(f"staff/game-tags/{ids[1]}/reject/").status_code == 204
        assert staff.post(f"staff/game-tags/{ids[2]}/merge/", {"into": moon.pk}).json()["name"] == "Зов Луны 2"
        assert staff.post(f"staff/game-tags/{ids[0]}/merge/", {"into": 10**9}).status_code == 400
        # What staff have decided about is neither rejected nor made to wait again.
        again = people.alice.post(TAGS, {"name": "A fourth"}).json()["id"]
        answer = staff.post(f"staff/game-tags/{moon.pk}/merge/", {"into": again})
        assert (answer.status_code, answer.json()) == (400, {"into": ["Approve this game first."]})
        assert staff.post(f"staff/game-tags/{moon.pk}/reject/").status_code == 409
        assert staff.post(f"staff/game-tags/{again}/reject/").status_code == 204
        assert staff.post(f"staff/game-tags/{ids[1]}/approve/").status_code == 404
        assert staff.get("staff/game-tags/").json()["results"] == []
        names = {tag["name"] for tag in people.guest.get(TAGS).json()["results"]}
        assert names == {"One game", "Зов Луны 2"}

    def test_for_others_there_is_nothing(self, people: People, moon: GameTag) -> None:
        requests = (
            ("get", "staff/game-tags/", None),
            ("post", f"staff/game-tags/{moon.pk}/approve/", None),
            ("post", f"staff/game-tags/{moon.pk}/reject/", None),
            ("post", f"staff/game-tags/{moon.pk}/merge/", {"into": moon.pk}),
            ("post", "staff/accounts/bob/suspension/", {}),
            ("delete", "staff/accounts/bob/suspension/", None),
            ("patch", "staff/rooms/lobby/members/bob/", {"role": "moderator"}),
        )
        for method, path, body in requests:
            for caller, status in ((people.alice, 404), (people.guest, 401)):
                send = getattr(caller, method)
                answer = send(path) if method == "get" else send(path, body)
                assert answer.status_code == status, path
        assert User.objects.get(username="bob").is_active
        assert GameTag.objects.filter(pk=moon.pk).exists()

    def test_staff_suspend_and_restore_an_account(self, people: People, staff: Caller) -> None:
        assert staff.post("staff/accounts/bob/suspension/", {"reason": "Threats"}).status_code == 204
        assert people.bob.get("auth/session/").json()["user"] is None
        assert people.bob.get("auth/profile/").status_code == 401
        assert staff.delete("staff/accounts/bob/suspension/").status_code == 204
        assert people.bob.get("auth/profile/").status_code == 200
        assert staff.post("staff/accounts/nobody/suspension/", {}).status_code == 404
        assert staff.post("staff/accounts/sysop/suspension/", {}).status_code == 403
        assert staff.post("staff/accounts/bob/suspension/", {"reason": 5}).status_code == 400

    def test_staff_appoint_the_lobbys_moderators(self, people: People, staff: Caller) -> None:
        address = "staff/rooms/lobby/members/bob/"
        assert staff.patch(address, {"role": "moderator", "reason": "Keeps calm"}).status_code == 204
        assert Membership.objects.get(room__slug="lobby", user__username="bob").role == "moderator"
        message = people.alice.say("lobby", "Spam")
        assert people.bob.delete(f"chat/rooms/lobby/messages/{message['id']}/").status_code == 204
        assert staff.patch(address, {"role": "user"}).status_code == 204
        assert people.bob.get("chat/rooms/lobby/").json()["role"] == "user"
        for body in ({}, {"role": "emperor"}, {"role": 5}):
            assert staff.patch(address, body).status_code == 400
        # Where there is a creator, it is theirs to decide.
        assert staff.patch("staff/rooms/harbour/members/bob/", {"role": "moderator"}).status_code == 403
        assert staff.patch("staff/rooms/lobby/members/nobody/", {"role": "moderator"}).status_code == 404
        assert staff.patch("staff/rooms/no-room/members/bob/", {"role": "moderator"}).status_code == 404
