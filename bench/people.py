"""Makes signed-in members of the lobby in an empty database, for the benchmarks: `python -m bench.people <count>`.

Prints JSON: the lobby's slug, its channel's slug and number, and each person's id, session key, CSRF cookie and token.
"""

import json
import os
import sys
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eclipse.settings")
django.setup()

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import call_command
from django.db import transaction
from django.middleware.csrf import get_token
from django.test import RequestFactory

from accounts.models import User
from rooms.models import Channel, Membership, ReadMark, Room
from rooms.permissions import Role


@transaction.atomic
def make_people(count: int) -> dict[str, object]:
    room = Room.objects.get(slug="lobby")
    channel = Channel.objects.text().get(room=room)
    group = room.role_groups.get(role=Role.USER).group
    people = User.objects.bulk_create(User(username=f"player{number}", password="!") for number in range(count))
    Membership.objects.bulk_create(Membership(room=room, user=person, role=Role.USER) for person in people)
    User.groups.through.objects.bulk_create(
        User.groups.through(user_id=person.pk, group_id=group.pk) for person in people
    )
    ReadMark.objects.bulk_create(ReadMark(user=person, channel=channel, message_id=0) for person in people)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    described = []
    for person in people:
        session = store()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        # As a browser has it: the cookie holds the secret, the page's form the secret in a mask.
        page = RequestFactory().get("/")
        token = get_token(page)
        described.append(
            {"id": person.pk, "session": session.session_key, "csrf": page.META["CSRF_COOKIE"], "token": token}
        )
    return {"room": room.slug, "channel": channel.slug, "channel_id": channel.pk, "people": described}


if __name__ == "__main__":
    call_command("prepare", stdout=sys.stderr)
    json.dump(make_people(int(sys.argv[1])), sys.stdout)
