"""Settings, channels, categories and pictures by REST."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytest_django import Settings

from rooms import icons
from rooms.models import Category, Channel
from tests.factories import make_channel
from tests.rooms.administration.pictures import bomb, picture
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour

ROOM = "chat/rooms/harbour/"


@pytest.fixture
def alice(harbour: Harbour) -> Caller:
    return Caller(harbour.alice)


def put_picture(caller: Caller, content: bytes, kind: str = "image/png") -> Any:
    return caller.http.put(caller.address(f"{ROOM}icon/"), content, content_type=kind, headers=caller.headers)


class TestRoom:
    def test_what_is_left_out_stays(self, alice: Caller) -> None:
        told = alice.patch(ROOM, {"description": "  All  ashore"}).json()
        assert (told["name"], told["description"], told["guests_may_read"]) == ("Harbour", "All ashore", True)
        told = alice.patch(ROOM, {"slug": "haven", "guests_may_read": False}).json()
        assert (told["slug"], told["guests_may_read"]) == ("haven", False)
        assert alice.get(ROOM).status_code == 404
        refused = Caller().get("chat/rooms/haven/")
        assert refused.status_code == 401

    def test_members_only_is_told_to_strangers(self, alice: Caller, harbour: Harbour) -> None:
        alice.patch(ROOM, {"guests_may_read": False})
        mallory = Caller(harbour.mallory)
        refused = mallory.get(ROOM)
        assert refused.status_code == 403
        assert "Everybody may join" in refused.json()["detail"]
        assert mallory.post(f"{ROOM}join/").status_code == 200
        assert mallory.get(ROOM).status_code == 200

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"slug": "vault"}, "slug"),
            ({"slug": "new"}, "slug"),
            ({"slug": ""}, "slug"),
            ({"name": "x"}, "name"),
            ({"guests_may_read": "yes"}, "guests_may_read"),
            ({"visibility": "secret"}, "visibility"),
        ],
    )
    def test_what_cannot_be_is_told_by_field(self, alice: Caller, asked: dict[str, Any], field: str) -> None:
        refused = alice.patch(ROOM, asked)
        assert refused.status_code == 400
        assert set(refused.json()) == {field}

    def test_who_may_not_is_refused_before_anything_is_read(self, harbour: Harbour) -> None:
        for person, status in ((harbour.bob, 403), (harbour.mallory, 403), (None, 401)):
            caller = Caller(person)
            assert caller.patch(ROOM, {"name": 5}).status_code == status
            assert caller.delete(ROOM).status_code == status
            assert put_picture(caller, b"").status_code == status
            assert caller.post(f"{ROOM}channels/", {}).status_code == status
            assert caller.post(f"{ROOM}channels/order/", {}).status_code == status
            assert caller.post(f"{ROOM}categories/", {}).status_code == status


class TestIcon:
    @pytest.fixture(autouse=True)
    def own_files(self, settings: Settings, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

    def test_a_picture_is_sent_as_it_is(self, alice: Caller) -> None:
        # Larger than any JSON may be.
        noise = Image.effect_noise((600, 400), 80)
        file = BytesIO()
        noise.save(file, "PNG")
        assert len(file.getvalue()) > 100_000
        told = put_picture(alice, file.getvalue())
        assert told.status_code == 200
        assert alice.http.get(told.json()["icon"])["Content-Type"] == "image/webp"
        assert alice.delete(f"{ROOM}icon/").status_code == 204
        assert alice.get(ROOM).json()["icon"] == ""

    @pytest.mark.parametrize(
        ("content", "kind", "status"),
        [
            (b"", "image/png", 400),
            (b"words", "image/png", 400),
            (bomb(), "image/png", 400),
            (picture("GIF", mode="P"), "image/gif", 400),
            (picture(), "application/json", 415),
            (b"x" * (icons.LARGEST_FILE + 1), "image/png", 413),
        ],
    )
    def test_what_is_no_picture_is_refused(self, alice: Caller, content: bytes, kind: str, status: int) -> None:
        refused = put_picture(alice, content, kind)
        assert refused.status_code == status
        assert refused.json()["detail"]
        assert alice.get(ROOM).json()["icon"] == ""


class TestChannels:
    def test_a_channel_is_opened_changed_moved_and_deleted(self, alice: Caller) -> None:
        category = alice.post(f"{ROOM}categories/", {"name": "Piers"}).json()["id"]
        made = alice.post(f"{ROOM}channels/", {"name": "Tea time", "category": category})
        assert made.status_code == 201
        channel = made.json()
        assert (channel["slug"], channel["audience"], channel["category"]) == ("tea-time", "everyone", category)
        path = f"{ROOM}channels/{channel['id']}/"
        changed = alice.patch(path, {"audience": "read_only", "category": None}).json()
        assert (changed["name"], changed["audience"], changed["category"]) == ("Tea time", "read_only", None)
        [general, tea] = alice.get(f"{ROOM}channels/").json()["results"]
        moved = alice.post(f"{ROOM}channels/order/", {"channel": tea["id"], "before": general["id"]})
        assert moved.status_code == 204
        assert [each["id"] for each in alice.get(f"{ROOM}channels/").json()["results"]] == [tea["id"], general["id"]]
        assert alice.delete(path).status_code == 204
        assert alice.delete(path).status_code == 404
        assert alice.delete(f"{ROOM}channels/{general['id']}/").status_code == 409

    def test_categories_are_named_ordered_and_deleted(self, alice: Caller) -> None:
        first, second = (alice.post(f"{ROOM}categories/", {"name": name}).json()["id"] for name in ("Piers", "Quays"))
        assert alice.patch(f"{ROOM}categories/{first}/", {"name": "Wharves"}).json()["name"] == "Wharves"
        assert alice.post(f"{ROOM}categories/order/", {"category": second, "before": first}).status_code == 204
        listed = alice.get(f"{ROOM}categories/").json()["results"]
        assert [each["name"] for each in listed] == ["Quays", "Wharves"]
        assert alice.delete(f"{ROOM}categories/{first}/").status_code == 204
        assert alice.delete(f"{ROOM}categories/{first}/").status_code == 404

    def test_a_heading_over_nothing_is_told_to_those_alone_who_manage(self, alice: Caller, harbour: Harbour) -> None:
        alice.post(f"{ROOM}categories/", {"name": "Plans"})
        for person in (harbour.bob, harbour.carol, harbour.mallory, None):
            assert Caller(person).get(f"{ROOM}categories/").json() == {"results": []}

    def test_the_other_rooms_channels_and_categories_are_not_there(self, alice: Caller, harbour: Harbour) -> None:
        theirs = Category.objects.create(room=harbour.vault, name="Plans")
        vault, general = harbour.strongbox.pk, harbour.general.pk
        for number in (vault, 10**12, 10**25):
            assert alice.patch(f"{ROOM}channels/{number}/", {"name": "Mine"}).status_code == 404
            assert alice.delete(f"{ROOM}channels/{number}/").status_code == 404
        for number in (theirs.pk, 10**25):
            assert alice.patch(f"{ROOM}categories/{number}/", {"name": "Mine"}).status_code == 404
            assert alice.delete(f"{ROOM}categories/{number}/").status_code == 404
        for asked in ({"channel": vault}, {"channel": general, "before": vault}):
            assert alice.post(f"{ROOM}channels/order/", asked).status_code == 404
        moved = alice.post(f"{ROOM}channels/order/", {"channel": general, "category": theirs.pk})
        assert moved.status_code == 404
        assert alice.post(f"{ROOM}categories/order/", {"category": theirs.pk}).status_code == 404
        refused = alice.post(f"{ROOM}channels/", {"name": "Mine", "category": theirs.pk})
        assert refused.status_code == 400
        assert set(refused.json()) == {"category"}
        assert Channel.objects.get(pk=vault).room == harbour.vault

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({}, "name"),
            ({"name": 5}, "name"),
            ({"name": "x" * 51}, "name"),
            ({"name": "a\u202eb"}, "name"),
            ({"name": "Tea", "slug": "general"}, "slug"),
            ({"name": "Tea", "slug": "settings"}, "slug"),
            ({"name": "Tea", "slug": "a/b"}, "slug"),
            ({"name": "Tea", "audience": "nobody"}, "audience"),
            ({"name": "Tea", "category": "1"}, "category"),
            ({"name": "Tea", "category": True}, "category"),
        ],
    )
    def test_what_cannot_be_is_told_by_field(self, alice: Caller, asked: dict[str, Any], field: str) -> None:
        refused = alice.post(f"{ROOM}channels/", asked)
        assert refused.status_code == 400
        assert set(refused.json()) == {field}

    def test_a_channel_keeps_its_own_address(self, alice: Caller, harbour: Harbour) -> None:
        make_channel(harbour.room, "tea")
        path = f"{ROOM}channels/{harbour.general.pk}/"
        assert alice.patch(path, {"slug": "general", "name": "Quay"}).status_code == 200
        assert alice.patch(path, {"slug": "tea"}).status_code == 400
