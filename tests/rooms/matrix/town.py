"""A room with somebody of every kind in it, one of everything that an address can name, and who gets in where."""

import re
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from eclipse import ratelimit
from rooms import actions, icons
from rooms.actions.rooms import LOBBY_SLUG
from rooms.models import Ban, Category, Channel, GameTag, Invitation, Report, Room, Timeout, VoiceSanction
from rooms.models.channel import ChannelKind
from rooms.models.report import ReportStatus
from rooms.models.room import Visibility
from tests.factories import PASSWORD, make_channel, make_member, make_room, make_user, post
from tests.rooms.administration.pictures import picture
from tests.rooms.conftest import Harbour
from tests.rooms.matrix.doors import Door
from tests.rooms.matrix.rules import PEOPLE, Person, World, expected
from tests.rooms.test_access import undone
from voice.state import Participant, voice_state

PART = re.compile(r"<(\w+)>")


@dataclass
class Town:
    """The room, who is there, and what the parts of addresses stand for."""

    room: Room
    people: dict[str, User | None]
    browsers: dict[str, Client]
    names: dict[str, Any]
    # The sessions of those who are in the room's voice channel.
    in_call: list[str]

    def knock(self, who: str, door: Door) -> str:
        """What happens to this person at the door; it is undone, even where they log in or out."""
        browser, address = self.browsers[who], self.filled(door)
        sent: Any = door.row.sends(self.names) if callable(door.row.sends) else door.row.sends
        cookies = copy(browser.cookies)
        # However long the walk takes.
        voice_state().renew(self.in_call)
        with undone(), ratelimit.suspended():
            if door.method == "GET":
                answer = browser.get(address)
            elif not address.startswith("/api/"):
                answer = getattr(browser, door.method.lower())(address, sent)
            else:
                kind = "image/png" if isinstance(sent, bytes) else "application/json"
                answer = getattr(browser, door.method.lower())(address, sent, kind)
        browser.cookies = cookies
        return outcome(answer)

    def filled(self, door: Door) -> str:
        """The door's address, with the names of what there is in town."""
        query = f"?{door.row.query.format_map(self.names)}" if door.row.query else ""
        return self.fill(door.address, door.row.at) + query

    def fill(self, address: str, at: Mapping[str, str]) -> str:
        """An address in which each part is what is called so in town, or what `at` says that it stands for."""
        names = self.names | {part: self.names[name] for part, name in at.items()}
        return "/" + PART.sub(lambda part: str(names[part[1]]), address)


def outcome(answer: HttpResponse) -> str:
    """What somebody at a door experiences, whichever way it is told. Whoever is in has done what they came for."""
    if answer.status_code == 401:
        return "log in"
    if answer.status_code in {301, 302, 303}:
        return "log in" if re.search("/(login|reauthenticate)/", answer["Location"]) else "in"
    return "in" if answer.status_code in {200, 201, 204} else str(answer.status_code)


def walk(town: Town, doors: Collection[Door], world: World, people: Collection[Person] = PEOPLE) -> list[str]:
    """Everybody at every door: where it goes otherwise than the tables say."""
    wrong = []
    for person in people:
        for door in doors:
            allowed = expected(person, door.rule, world)
            if allowed == {"in"} and person.name in door.row.but:
                allowed = {door.row.but[person.name]}
            found = town.knock(person.name, door)
            if found not in allowed:
                told = f"{person.name}: {door.method} {door.name} {town.filled(door)}"
                wrong.append(f"{told} gives {found}, not {' or '.join(sorted(allowed))}")
    return wrong


# --- What is there --------------------------------------------------------------------------------


def build_town(harbour: Harbour, visibility: str = Visibility.PUBLIC) -> Town:
    """The harbour's public room or its private one, with more people in and around it."""
    public = visibility == Visibility.PUBLIC
    room, channel = (harbour.room, harbour.general) if public else (harbour.vault, harbour.strongbox)
    tim, ben, olga, nora, sam, root = map(make_user, ("tim", "ben", "olga", "nora", "sam", "root"))
    User.objects.filter(pk__in=[sam.pk, root.pk]).update(is_staff=True)
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    for each in (tim, olga, nora):
        make_member(room, each)
    Timeout.objects.create(room=room, user=tim, by=harbour.bob, until=timezone.now() + timedelta(hours=1))
    Ban.objects.create(room=room, user=ben, by=harbour.bob)
    VoiceSanction.objects.create(room=room, user=nora, by=harbour.bob, is_muted=True)
    names = {"room": room, "slug": room.slug, "room_name": room.name, "channel": channel.slug, "general_id": channel.pk}
    names |= {"username": olga.username, "muted": tim.username, "banned": ben.username}
    names |= {"message_id": post(harbour.carol, channel).pk, **_things_of_room(room, harbour.carol)}
    names |= _reports(room, olga, nora, harbour.carol) | _things_of_site(harbour.alice, harbour.carol)
    people = {"tim": tim, "ben": ben, "sam": sam, "root": root, "guest": None}
    people |= {name: getattr(harbour, name) for name in ("alice", "bob", "carol", "mallory")}
    browsers = {name: _browser_of(user) for name, user in people.items()}
    in_call = [_enters(user, names["voice_id"]) for user in (harbour.alice, harbour.bob, harbour.carol, tim, olga)]
    return Town(room, people, browsers, names, in_call)


def _enters(user: User, channel: int) -> str:
    """The session of somebody who is in a call from now on."""
    session = f"phone of {user.username}"
    voice_state().enter(
        Participant(session=session, channel=channel, user=user.pk, username=user.username, name=user.name, since=0)
    )
    return session


def _browser_of(user: User | None) -> Client:
    browser = Client(raise_request_exception=False)
    if user is not None:
        # By the forms: some pages open for those alone who have just shown that it is them.
        browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def _things_of_room(room: Room, carol: User) -> dict[str, Any]:
    tag = GameTag.objects.create(name="Chess at sea", slug="chess-at-sea", is_approved=True)
    waiting = GameTag.objects.create(name="Lanternfall", slug="lanternfall")
    room.tags.add(tag, waiting)
    invitation = Invitation.objects.create(room=room, creator=carol)
    annex, voice = make_channel(room, "annex"), Channel.objects.voice().get(room=room)
    return {
        "tag_id": tag.pk,
        "waiting": waiting.pk,
        "invitation_id": invitation.pk,
        "code": invitation.code,
        "channel_id": annex.pk,
        "annex": annex.slug,
        "voice": voice.slug,
        "voice_id": voice.pk,
        "deck_id": make_channel(room, "deck", ChannelKind.VOICE).pk,
        "category_id": Category.objects.create(room=room, name="Games").pk,
    }


def _reports(room: Room, subject: User, nora: User, carol: User) -> dict[str, Any]:
    """One of nora's that is open, and one of carol's that is closed."""

    def file(reporter: User, status: ReportStatus) -> int:
        return Report.objects.create(room=room, reporter=reporter, subject=subject, reason="Noise", status=status).pk

    return {"report_id": file(nora, ReportStatus.OPEN), "closed_report_id": file(carol, ReportStatus.RESOLVED)}


def _things_of_site(alice: User, carol: User) -> dict[str, Any]:
    wreck = make_room(alice, "Wreck")
    actions.delete_room(actor=alice, room=wreck)
    address = EmailAddress.objects.create(user=carol, email="carol@example.org", primary=True)
    models = {f"{model._meta.app_label}/{model._meta.model_name}": model for model in admin.site._registry}
    return {
        "lobby": LOBBY_SLUG,
        "wreck": wreck.slug,
        "icon": icons.store(icons.make_icon(BytesIO(picture()))).rpartition("/")[2],
        "email_key": EmailConfirmationHMAC(address).key,
        "uidb36": user_pk_to_url_str(carol),
        "password_key": default_token_generator.make_token(carol),
        # For the admin.
        "app_label": "rooms",
        "url": "nowhere/",
        "content_type_id": ContentType.objects.get_for_model(Room).pk,
        **{name: model._base_manager.values_list("pk", flat=True).first() for name, model in models.items()},
    }
