"""Voice channels stand beside text channels: made, narrowed, limited, ordered and deleted, on pages and by REST."""

from typing import Any

import pytest

from rooms import actions
from rooms.models import AuditEntry, Channel
from rooms.models.audit_entry import Deed
from tests.factories import make_channel
from tests.rooms.administration.test_channels import CHANNELS, fields, grant
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, browser_of

NEW = f"{CHANNELS}new/?kind=voice"
ROOM = "chat/rooms/harbour/"


def limits(**changes: object) -> dict[str, object]:
    return fields(user_limit="0", bitrate="40") | changes


@pytest.fixture
def voice(harbour: Harbour) -> Channel:
    return Channel.objects.voice().select_related("room").get(room=harbour.room)


class TestPages:
    def test_alice_opens_one_for_five_with_good_sound(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.alice).post(NEW, limits(name="Raid", user_limit="5", bitrate="96"))
        assert answer.status_code == 302
        raid = Channel.objects.get(room=harbour.room, slug="raid")
        assert (raid.kind, raid.user_limit, raid.bitrate) == ("voice", 5, 96)
        assert "Raid" in browser_of(harbour.alice).get(CHANNELS).content.decode()

    def test_each_kind_is_asked_for_what_it_has(self, harbour: Harbour, voice: Channel) -> None:
        alice = browser_of(harbour.alice)
        for path in (NEW, f"{CHANNELS}{voice.pk}/"):
            page = alice.get(path).content.decode()
            assert 'name="user_limit"' in page and 'name="bitrate"' in page
            assert "Members listen, moderators speak" in page
        for path in (f"{CHANNELS}new/", f"{CHANNELS}new/?kind=video", f"{CHANNELS}{harbour.general.pk}/"):
            page = alice.get(path).content.decode()
            assert 'name="user_limit"' not in page and 'name="bitrate"' not in page

    @pytest.mark.parametrize(
        ("field", "value"),
        [("user_limit", "100"), ("user_limit", "-1"), ("user_limit", "many"), ("bitrate", "15"), ("bitrate", "129"),
         ("bitrate", "")],
    )  # fmt: skip
    def test_a_limit_that_cannot_be_is_said_beside_it(self, harbour: Harbour, field: str, value: str) -> None:
        answer = browser_of(harbour.alice).post(NEW, limits(**{field: value}))
        assert answer.status_code == 422
        assert f'id="id_{field}_error"' in answer.content.decode()

    def test_what_is_changed_stands_in_the_log(self, harbour: Harbour, voice: Channel) -> None:
        sent = limits(name="voice", slug="voice", user_limit="8", audience="read_only")
        assert browser_of(harbour.alice).post(f"{CHANNELS}{voice.pk}/", sent).status_code == 302
        entry = AuditEntry.objects.get(deed=Deed.CHANNEL_EDITED)
        assert entry.details["after"] == {"user_limit": 8, "audience": "read_only"}

    def test_a_text_channel_takes_no_limit_though_it_be_sent(self, harbour: Harbour) -> None:
        sent = limits(slug="general", user_limit="5")
        assert browser_of(harbour.alice).post(f"{CHANNELS}{harbour.general.pk}/", sent).status_code == 302
        harbour.general.refresh_from_db()
        assert harbour.general.user_limit == 0
        with pytest.raises(TypeError):
            actions.edit_channel(actor=harbour.alice, channel=harbour.general, user_limit=5)
        with pytest.raises(TypeError):
            actions.create_channel(actor=harbour.alice, room=harbour.room, name="tea", bitrate=96)

    def test_the_last_voice_channel_may_go_and_be_hidden_but_not_the_last_text_channel(
        self, harbour: Harbour, voice: Channel
    ) -> None:
        alice = browser_of(harbour.alice)
        sent = limits(name="voice", slug="voice", audience="moderators")
        assert alice.post(f"{CHANNELS}{voice.pk}/", sent).status_code == 302
        assert alice.post(f"{CHANNELS}{harbour.general.pk}/delete/", {"confirm": "general"}).status_code == 422
        page = alice.get(f"{CHANNELS}{voice.pk}/delete/").content.decode()
        assert "Whoever is talking in it is disconnected." in page
        assert alice.post(f"{CHANNELS}{voice.pk}/delete/", {"confirm": "voice"}).status_code == 302
        assert not Channel.objects.filter(pk=voice.pk).exists()

    def test_it_is_ordered_among_the_others(self, harbour: Harbour, voice: Channel) -> None:
        browser_of(harbour.alice).post(f"{CHANNELS}order/", {"up": voice.pk})
        first = Channel.objects.filter(room=harbour.room).first()
        assert first == voice
        # A room's page still opens with what can be read.
        assert browser_of(harbour.carol).get("/rooms/harbour/")["Location"] == "/rooms/harbour/general/"

    def test_who_may_manage_channels_learns_nothing_of_the_moderators_own(self, harbour: Harbour) -> None:
        grant(harbour, "user", "manage_channels")
        bridge = make_channel(harbour.room, "bridge", "voice")
        Channel.objects.filter(pk=bridge.pk).update(audience="moderators")
        carol = browser_of(harbour.carol)
        assert "bridge" not in carol.get(CHANNELS).content.decode()
        assert carol.get(f"{CHANNELS}{bridge.pk}/").status_code == 404
        assert carol.post(f"{CHANNELS}{bridge.pk}/", limits()).status_code == 404

    def test_a_number_from_another_room_is_not_found(self, harbour: Harbour) -> None:
        theirs = Channel.objects.voice().get(room=harbour.vault)
        for path in ("", "delete/"):
            assert browser_of(harbour.alice).get(f"{CHANNELS}{theirs.pk}/{path}").status_code == 404


class TestRest:
    @pytest.fixture
    def alice(self, harbour: Harbour) -> Caller:
        return Caller(harbour.alice)

    def test_made_changed_and_deleted(self, alice: Caller) -> None:
        asked = {"name": "Raid", "kind": "voice", "user_limit": 5, "bitrate": 64}
        told = alice.post(f"{ROOM}channels/", asked).json()
        assert (told["kind"], told["slug"], told["user_limit"], told["bitrate"]) == ("voice", "raid", 5, 64)
        path = f"{ROOM}channels/{told['id']}/"
        told = alice.patch(path, {"bitrate": 96}).json()
        assert (told["user_limit"], told["bitrate"]) == (5, 96)
        assert alice.delete(path).status_code == 204

    def test_one_has_the_usual_limits_where_none_are_asked(self, alice: Caller) -> None:
        told = alice.post(f"{ROOM}channels/", {"name": "Raid", "kind": "voice"}).json()
        assert (told["user_limit"], told["bitrate"]) == (0, 40)

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"kind": "video"}, "kind"),
            ({"kind": "voice", "user_limit": 100}, "user_limit"),
            ({"kind": "voice", "bitrate": 8}, "bitrate"),
            ({"kind": "voice", "bitrate": "96"}, "bitrate"),
            ({"user_limit": 5}, "user_limit"),
            ({"kind": "text", "bitrate": 96}, "bitrate"),
        ],
    )
    def test_what_cannot_be_is_told_by_field(self, alice: Caller, asked: dict[str, Any], field: str) -> None:
        refused = alice.post(f"{ROOM}channels/", {"name": "Raid"} | asked)
        assert refused.status_code == 400
        assert set(refused.json()) == {field}

    def test_a_text_channel_is_given_no_limit(self, alice: Caller, harbour: Harbour) -> None:
        refused = alice.patch(f"{ROOM}channels/{harbour.general.pk}/", {"user_limit": 5})
        assert refused.status_code == 400
        assert refused.json() == {"user_limit": ["Only voice channels have this."]}

    def test_a_channel_does_not_change_its_kind(self, alice: Caller, voice: Channel) -> None:
        assert alice.patch(f"{ROOM}channels/{voice.pk}/", {"kind": "text"}).status_code == 200
        voice.refresh_from_db()
        assert voice.is_voice
