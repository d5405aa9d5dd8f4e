"""Making, finding, joining and leaving rooms."""

import pytest
from pytest_django import Settings

from rooms.models import Room
from tests.factories import make_room, post
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.views.answers import BOTH, GENERAL, SEND, limits, text_of


class TestRooms:
    @BOTH
    def test_mallory_opens_a_room(self, harbour: Harbour, headers: dict[str, str]) -> None:
        client = browser_of(harbour.mallory)
        form = {"name": "  Night   Owls ", "description": "Late\r\n  games.", "visibility": "private"}
        answer = client.post("/rooms/new/", form, headers=headers)
        room = Room.objects.get(name="Night Owls")
        assert (answer.status_code, answer["Location"]) == (302, f"/rooms/{room.slug}/")
        assert (room.description, room.is_public) == ("Late games.", False)
        assert room.slug.startswith("night-owls-"), "nobody can guess it: tests/rooms/test_addresses.py"
        assert client.get(f"/rooms/{room.slug}/", follow=True).status_code == 200

    def test_a_bad_room_is_refused_beside_its_field_and_kept(self, harbour: Harbour, subtests: pytest.Subtests) -> None:
        rooms, mallory = Room.objects.count(), browser_of(harbour.mallory)
        public = {"visibility": "public"}
        for form, wrong in (
            ({}, ["name", "visibility"]),
            ({"name": "", **public}, ["name"]),
            ({"name": "x", **public}, ["name"]),
            ({"name": " x ", **public}, ["name"]),
            ({"name": "x" * 61, **public}, ["name"]),
            # Each of these becomes three characters when it is composed.
            ({"name": "\ufb2c" * 40, **public}, ["name"]),
            ({"name": "Har\x00bour", **public}, ["name"]),
            ({"name": "Har\u202ebour", **public}, ["name"]),
            ({"name": "\u200b\u200b\u200b", **public}, ["name"]),
            ({"name": "Pier", "description": "x" * 301, **public}, ["description"]),
            ({"name": "Pier", "visibility": "secret"}, ["visibility"]),
            ({"name": "Pier"}, ["visibility"]),
        ):
            with subtests.test(form=form):
                answer = mallory.post("/rooms/new/", form)
                assert answer.status_code == 422
                assert sorted(answer.context["form"].errors) == wrong
                assert all(f'id="id_{name}_error"' in text_of(answer) for name in wrong)
                if form and "name" not in wrong:
                    assert 'value="Pier"' in text_of(answer)
        assert Room.objects.count() == rooms

    def test_too_many_rooms_are_refused_until_a_time_told(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, rooms="1/3600 second")
        client = browser_of(harbour.mallory)
        client.post("/rooms/new/", {"name": "First", "visibility": "public"})
        answer = client.post("/rooms/new/", {"name": "Second", "visibility": "public"})
        assert answer.status_code == 429
        assert 3590 <= int(answer["Retry-After"]) <= 3600
        assert 'value="Second"' in text_of(answer)
        assert not Room.objects.filter(name="Second").exists()

    def test_joining_too_often_is_refused_until_a_time_told(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, joins="1/60 second")
        make_room(harbour.alice, "Pier")
        client = browser_of(harbour.mallory)
        client.post("/rooms/pier/join/")
        answer = client.post("/rooms/harbour/join/")
        assert answer.status_code == 429
        assert 55 <= int(answer["Retry-After"]) <= 60
        assert "That was a little fast" in text_of(answer)

    def test_mallory_joins_writes_and_leaves(self, harbour: Harbour) -> None:
        client = browser_of(harbour.mallory)
        assert "Join to write" in text_of(client.get(GENERAL))
        assert 'id="composer"' in text_of(client.post("/rooms/harbour/join/", follow=True))
        client.post(SEND, {"body": "I was here"})
        goodbye = client.post("/rooms/harbour/leave/", follow=True)
        assert "You left Harbour." in text_of(goodbye)
        page = text_of(client.get(GENERAL))
        assert "Join to write" in page
        assert "I was here" in page

    def test_a_guest_reads_and_is_shown_where_to_log_in(self, harbour: Harbour) -> None:
        post(harbour.alice, harbour.general, "Everybody may read this")
        page = text_of(browser_of(None).get(GENERAL))
        assert "Everybody may read this" in page
        assert f'href="/accounts/login/?next={GENERAL}"' in page
        assert 'id="composer"' not in page
        assert 'id="member-list"' not in page

    def test_a_made_up_page_of_the_list_is_just_a_list(self, harbour: Harbour, subtests: pytest.Subtests) -> None:
        numbers = ["9" * 28 + "-1", "1-" + "9" * 27, "9" * 14 + "-" + "9" * 14]
        for after in (*numbers, "x", "1", "1-", "-1", "١-١", "1-1\x00", "\x00"):
            with subtests.test(after=after):
                assert browser_of(None).get("/rooms/", {"after": after}).status_code == 200

    def test_the_list_goes_on_where_it_ended(self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("rooms.discovery.listing.PAGE_SIZE", 2)
        for name in ("Pier", "Quay", "Reef"):
            make_room(harbour.mallory, name)
        seen: list[str] = []
        address = "/rooms/"
        while address:
            answer = browser_of(None).get(address)
            seen += [room.slug for room in answer.context["page"].rooms]
            address = answer.context["page"].next
        assert seen == ["reef", "quay", "pier", "harbour", "lobby"]
