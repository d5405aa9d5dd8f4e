"""Channels and categories: made, named, ordered and deleted on pages."""

import re
import uuid

import pytest
from django.contrib.auth.models import Permission
from django.http import Http404
from django.urls import URLPattern, URLResolver

from accounts.models import User
from rooms import actions, urls
from rooms.actions.channels import RESERVED_CHANNEL_SLUGS
from rooms.actions.clearing import clear_some
from rooms.models import AuditEntry, Category, Channel, Message
from rooms.models.audit_entry import Deed
from rooms.models.channel import Audience
from tests.factories import make_channel, post
from tests.rooms.conftest import Harbour, Told, browser_of, build_harbour

CHANNELS = "/rooms/harbour/settings/channels/"
ORDER = f"{CHANNELS}order/"


def fields(**changes: object) -> dict[str, object]:
    return {"name": "Harbour talk", "subject": "", "slug": "", "audience": "everyone", "category": ""} | changes


def names(harbour: Harbour, category: Category | None = None) -> list[str]:
    """The text channels of a category, in their order."""
    found = Channel.objects.text().filter(room=harbour.room, category=category)
    return list(found.values_list("name", flat=True))


def column(harbour: Harbour, person: User) -> list[str]:
    """What the column of channels shows, headings and all, from top to bottom."""
    page = browser_of(person).get("/rooms/harbour/sidebar/").content.decode()
    shown = r'<h3 class="channels__heading">(.*?)</h3>|<span class="channel-link__name">(.*?)</span>'
    return [heading or name for heading, name in re.findall(shown, page)]


def grant(harbour: Harbour, role: str, codename: str) -> None:
    """Give a role a right that it lacks by default."""
    group = harbour.room.role_groups.get(role=role).group
    permission = Permission.objects.get(codename=codename, content_type__app_label="rooms")
    group.roomgroupobjectpermission_set.create(permission=permission, content_object=harbour.room)


class TestCreating:
    def test_alice_opens_a_channel_that_everybody_sees(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.alice).post(f"{CHANNELS}new/", fields(subject="  About   the sea "))
        assert answer.status_code == 302
        channel = Channel.objects.get(room=harbour.room, slug="harbour-talk")
        assert (channel.subject, channel.kind) == ("About the sea", "text")
        assert browser_of(harbour.carol).get("/rooms/harbour/harbour-talk/").status_code == 200
        assert column(harbour, harbour.carol) == ["Text channels", "general", "Harbour talk", "Voice channels", "voice"]
        assert AuditEntry.objects.get(room=harbour.room).deed == Deed.CHANNEL_CREATED

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("general", "general-2"),
            ("Settings", "settings-2"),
            ("Ёлка", "elka"),
            ("!!!", "channel"),
            ("漢字", "han-zi"),
        ],
    )
    def test_an_address_is_made_from_the_name(self, harbour: Harbour, name: str, slug: str) -> None:
        assert browser_of(harbour.alice).post(f"{CHANNELS}new/", fields(name=name)).status_code == 302
        assert Channel.objects.filter(room=harbour.room, slug=slug).exists()

    @pytest.mark.parametrize("slug", ["general", "GENERAL", "voice", *sorted(RESERVED_CHANNEL_SLUGS)])
    def test_an_address_that_is_taken_or_reserved_is_refused(self, harbour: Harbour, slug: str) -> None:
        answer = browser_of(harbour.alice).post(f"{CHANNELS}new/", fields(slug=slug, subject="Kept"))
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "this address" in page
        assert 'value="Kept"' in page

    def test_no_page_below_a_room_can_be_taken_by_a_channel(self) -> None:
        def routes(patterns: list[URLPattern | URLResolver], above: str = "") -> list[str]:
            found = []
            for pattern in patterns:
                route = above + str(pattern.pattern)
                found += routes(pattern.url_patterns, route) if isinstance(pattern, URLResolver) else [route]
            return found

        below = {route.split("/")[2] for route in routes(urls.urlpatterns) if route.startswith("rooms/<slug:slug>/")}
        words = {word for word in below if word and not word.startswith("<")}
        assert {"settings", "members"} <= words
        assert words <= RESERVED_CHANNEL_SLUGS

    def test_the_first_channel_of_another_room_may_have_the_same_address(self, harbour: Harbour) -> None:
        browser_of(harbour.alice).post("/rooms/vault/settings/channels/new/", fields(slug="tea"))
        assert browser_of(harbour.alice).post(f"{CHANNELS}new/", fields(slug="tea")).status_code == 302

    def test_a_room_has_only_so_many_channels(self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("rooms.actions.channels.MOST_CHANNELS", 2)
        answer = browser_of(harbour.alice).post(f"{CHANNELS}new/", fields())
        assert answer.status_code == 422
        assert "at most 2 channels" in answer.content.decode()

    def test_a_category_of_another_room_cannot_be_chosen(self, harbour: Harbour) -> None:
        theirs = Category.objects.create(room=harbour.vault, name="Secret plans")
        alice = browser_of(harbour.alice)
        for path, status in ((f"{CHANNELS}new/", 422), (f"{CHANNELS}{harbour.general.pk}/", 422)):
            answer = alice.post(path, fields(slug="tea", category=theirs.pk))
            assert answer.status_code == status
            assert "Secret plans" not in answer.content.decode()
        with pytest.raises(Http404):
            actions.create_channel(actor=harbour.alice, room=harbour.room, name="tea", category=theirs)


class TestEditing:
    def test_pages_are_led_to_the_new_address(self, transactional_db: None, told: Told) -> None:
        harbour = build_harbour()
        told.forget()
        path = f"{CHANNELS}{harbour.general.pk}/"
        assert browser_of(harbour.alice).post(path, fields(name="Quay", slug="quay")).status_code == 302
        assert told.to(harbour.general.topic) == [
            '<hx-push event="channel_moved" to="/rooms/harbour/quay/"></hx-push>',
            '<hx-push event="room_changed"></hx-push>',
        ]
        entry = AuditEntry.objects.get(room=harbour.room)
        assert entry.details["before"] == {"name": "general", "slug": "general"}

    def test_an_address_cannot_be_taken_away(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.alice).post(f"{CHANNELS}{harbour.general.pk}/", fields(slug=""))
        assert answer.status_code == 422
        assert "An address is needed" in answer.content.decode()

    def test_two_forms_that_take_an_address_at_once_do_not_break(
        self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rooms.administration.forms.ChannelForm.clean_slug", lambda form: form.cleaned_data["slug"])
        alice = browser_of(harbour.alice)
        assert alice.post(f"{CHANNELS}new/", fields(slug="general")).status_code == 422
        assert alice.post(f"{CHANNELS}{harbour.general.pk}/", fields(slug="voice")).status_code == 422

    @pytest.mark.parametrize("number", ["strongbox", "missing", "huge"])
    def test_a_channel_of_another_room_is_not_there(self, harbour: Harbour, number: str) -> None:
        pk = {"strongbox": harbour.strongbox.pk, "missing": 10**9, "huge": 10**30}[number]
        alice = browser_of(harbour.alice)
        for path in (f"{CHANNELS}{pk}/", f"{CHANNELS}{pk}/delete/"):
            assert alice.get(path).status_code == 404
            assert alice.post(path, fields(slug="tea", confirm="general")).status_code == 404
        for sent in ({"up": pk}, {"down": pk}, {"channel": pk}, {"channel": harbour.general.pk, "before": pk}):
            assert alice.post(ORDER, sent).status_code == 404
        assert Channel.objects.filter(pk=harbour.strongbox.pk, name="general").exists()

    def test_a_moderator_who_may_manage_channels_may_not_delete_them(self, harbour: Harbour) -> None:
        grant(harbour, "moderator", "manage_channels")
        bob = browser_of(harbour.bob)
        path = f"{CHANNELS}{harbour.general.pk}/"
        page = bob.get(path).content.decode()
        assert "Delete the channel" not in page
        assert bob.post(path, fields(slug="quay")).status_code == 302
        assert bob.post(f"{path}delete/", {"confirm": "Harbour talk"}).status_code == 403

    def test_a_right_that_is_taken_between_opening_and_sending_is_gone(self, harbour: Harbour) -> None:
        grant(harbour, "moderator", "manage_channels")
        bob = browser_of(harbour.bob)
        assert bob.get(f"{CHANNELS}{harbour.general.pk}/").status_code == 200
        harbour.room.role_groups.get(role="moderator").group.roomgroupobjectpermission_set.filter(
            permission__codename="manage_channels"
        ).delete()
        for path in ("new/", f"{harbour.general.pk}/", "order/"):
            assert bob.post(f"{CHANNELS}{path}", fields()).status_code == 403
        assert bob.post("/rooms/harbour/settings/categories/new/", {"name": "Piers"}).status_code == 403


class TestOrder:
    @pytest.fixture
    def piers(self, harbour: Harbour) -> Category:
        """Channels a, b, c after "general"; x and y stand in the category "Piers"."""
        category = actions.create_category(actor=harbour.alice, room=harbour.room, name="Piers")
        for name in "abc":
            actions.create_channel(actor=harbour.alice, room=harbour.room, name=name)
        for name in "xy":
            actions.create_channel(actor=harbour.alice, room=harbour.room, name=name, category=category)
        return category

    def move(self, harbour: Harbour, **sent: object) -> None:
        assert browser_of(harbour.alice).post(ORDER, sent).status_code == 302

    def number(self, harbour: Harbour, name: str) -> int:
        return Channel.objects.get(room=harbour.room, name=name).pk

    def test_channels_go_up_and_down_and_from_category_to_category(self, harbour: Harbour, piers: Category) -> None:
        self.move(harbour, up=self.number(harbour, "c"))
        assert names(harbour) == ["general", "a", "c", "b"]
        self.move(harbour, down=self.number(harbour, "b"))
        assert (names(harbour), names(harbour, piers)) == (["general", "a", "c"], ["b", "x", "y"])
        self.move(harbour, up=self.number(harbour, "b"))
        assert (names(harbour), names(harbour, piers)) == (["general", "a", "c", "b"], ["x", "y"])
        self.move(harbour, down=self.number(harbour, "x"))
        assert names(harbour, piers) == ["y", "x"]
        # At the ends nothing moves.
        self.move(harbour, down=self.number(harbour, "x"))
        self.move(harbour, up=self.number(harbour, "general"))
        assert (names(harbour), names(harbour, piers)) == (["general", "a", "c", "b"], ["y", "x"])

    def test_the_room_opens_with_the_channel_that_stands_first(self, harbour: Harbour, piers: Category) -> None:
        # First past the voice channel, which a page cannot open with.
        for _ in range(2):
            self.move(harbour, up=self.number(harbour, "a"))
        assert browser_of(harbour.carol).get("/rooms/harbour/")["Location"] == "/rooms/harbour/a/"

    def test_a_channel_is_dropped_where_it_was_dragged_to(self, harbour: Harbour, piers: Category) -> None:
        a, y = self.number(harbour, "a"), self.number(harbour, "y")
        self.move(harbour, channel=a, category=piers.pk, before=y)
        assert names(harbour, piers) == ["x", "a", "y"]
        self.move(harbour, channel=a, category="", before="")
        assert names(harbour) == ["general", "b", "c", "a"]

    def test_categories_move_with_their_channels(self, harbour: Harbour, piers: Category) -> None:
        quays = actions.create_category(actor=harbour.alice, room=harbour.room, name="Quays")
        actions.create_channel(actor=harbour.alice, room=harbour.room, name="z", category=quays)
        everything = ["Text channels", "general", "a", "b", "c", "Voice channels", "voice"]
        assert column(harbour, harbour.carol) == [*everything, "Piers", "x", "y", "Quays", "z"]
        self.move(harbour, category_up=quays.pk)
        assert column(harbour, harbour.carol) == [*everything, "Quays", "z", "Piers", "x", "y"]
        self.move(harbour, category_down=quays.pk)
        assert column(harbour, harbour.carol) == [*everything, "Piers", "x", "y", "Quays", "z"]

    def test_a_category_without_a_channel_is_not_shown(self, harbour: Harbour) -> None:
        actions.create_category(actor=harbour.alice, room=harbour.room, name="Empty")
        assert column(harbour, harbour.carol) == ["Text channels", "general", "Voice channels", "voice"]

    def test_a_deleted_category_leaves_its_channels(self, harbour: Harbour, piers: Category) -> None:
        path = f"/rooms/harbour/settings/categories/{piers.pk}/"
        alice = browser_of(harbour.alice)
        assert alice.post(path, {"name": "Wharves"}).status_code == 302
        assert "Wharves" in column(harbour, harbour.carol)
        assert alice.post(f"{path}delete/").status_code == 302
        assert names(harbour) == ["general", "a", "b", "c", "x", "y"]

    def test_a_category_of_another_room_is_not_there(self, harbour: Harbour) -> None:
        theirs = Category.objects.create(room=harbour.vault, name="Secret plans")
        alice = browser_of(harbour.alice)
        path = f"/rooms/harbour/settings/categories/{theirs.pk}/"
        assert alice.get(path).status_code == 404
        assert alice.post(path, {"name": "Mine"}).status_code == 404
        assert alice.post(f"{path}delete/").status_code == 404
        for sent in ({"category_up": theirs.pk}, {"channel": harbour.general.pk, "category": theirs.pk}):
            assert alice.post(ORDER, sent).status_code == 404
        assert Category.objects.filter(pk=theirs.pk, name="Secret plans").exists()

    @pytest.mark.parametrize("sent", [{"up": "x"}, {"channel": "-1"}, {"category_down": "9" * 40}, {"channel": ""}])
    def test_nonsense_is_not_found(self, harbour: Harbour, sent: dict[str, str]) -> None:
        assert browser_of(harbour.alice).post(ORDER, sent).status_code == 404

    def test_the_button_that_was_pressed_has_the_focus_again(self, harbour: Harbour, piers: Category) -> None:
        number = self.number(harbour, "b")
        page = browser_of(harbour.alice).post(ORDER, {"up": number}, follow=True).content.decode()
        [button] = re.findall(r"<button[^>]* autofocus>", page)
        assert f'name="up" value="{number}"' in button


class TestDeleting:
    def test_a_channel_goes_with_its_messages_once_its_name_was_typed(self, harbour: Harbour) -> None:
        tea = make_channel(harbour.room, "tea")
        tea.room = harbour.room
        first = post(harbour.carol, tea, "Milk?")
        post(harbour.bob, tea, "Please", reply_to=first)
        alice = browser_of(harbour.alice)
        path = f"{CHANNELS}{tea.pk}/delete/"
        assert "Its 2 messages are deleted" in alice.get(path).content.decode()
        for typed in ("", "coffee", "general"):
            assert alice.post(path, {"confirm": typed}).status_code == 422
        assert alice.post(path, {"confirm": " tea "}).status_code == 302
        assert not Channel.objects.filter(pk=tea.pk).exists()
        while clear_some():
            pass
        assert not Message.objects.filter(pk=first.pk).exists()
        assert browser_of(harbour.carol).get("/rooms/harbour/tea/").status_code == 404
        entry = AuditEntry.objects.get(deed=Deed.CHANNEL_DELETED)
        assert (entry.details["channel"], entry.channel) == ("tea", None)

    def test_the_last_channel_that_members_see_stays(self, harbour: Harbour) -> None:
        alice = browser_of(harbour.alice)
        make_channel(harbour.room, "bridge")
        Channel.objects.filter(name="bridge").update(audience=Audience.MODERATORS)
        path = f"{CHANNELS}{harbour.general.pk}/"
        answer = alice.post(f"{path}delete/", {"confirm": "general"})
        assert answer.status_code == 422
        assert "a room needs one" in answer.content.decode()
        answer = alice.post(path, fields(slug="general", audience="moderators"))
        assert answer.status_code == 422
        assert "a room needs one" in answer.content.decode()
        # The voice channel is none that somebody could read in; the moderators' own may go.
        bridge = Channel.objects.get(name="bridge")
        assert alice.post(f"{CHANNELS}{bridge.pk}/delete/", {"confirm": "bridge"}).status_code == 302

    def test_its_pages_are_led_to_the_room_and_others_follow(self, transactional_db: None, told: Told) -> None:
        harbour = build_harbour()
        tea = make_channel(harbour.room, "tea")
        tea.room = harbour.room
        told.forget()
        actions.delete_channel(actor=harbour.alice, channel=tea)
        assert told.to(tea.topic) == ['<hx-push event="channel_moved" to="/rooms/harbour/"></hx-push>']
        assert told.to(harbour.general.topic) == ['<hx-push event="room_changed"></hx-push>']

    def test_a_message_to_a_channel_that_goes_at_the_same_moment_is_not_found(self, harbour: Harbour) -> None:
        tea = make_channel(harbour.room, "tea")
        tea.room = harbour.room
        actions.delete_channel(actor=harbour.alice, channel=Channel.objects.get(pk=tea.pk))
        with pytest.raises(Http404):
            actions.post_message(actor=harbour.carol, channel=tea, body="Milk?", client_id=uuid.uuid4())
