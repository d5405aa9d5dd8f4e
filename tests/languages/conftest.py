"""Masha, her room, and browsers that ask for Russian."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from accounts.actions import register
from accounts.models import User
from eclipse import ratelimit
from rooms import actions
from rooms.models import Message as RoomMessage
from rooms.models import Room
from tests.factories import PASSWORD, post


@pytest.fixture(autouse=True)
def fresh_counts(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    ratelimit.forget_all()


@pytest.fixture
def masha(db: None) -> User:
    with translation.override("ru"):
        user = register(username="masha", password=PASSWORD, email="masha@example.org")
    user.display_name = "Маша"
    user.save()
    return user


@pytest.fixture
def lighthouse(masha: User) -> Room:
    kirill = register(username="kirill", password=PASSWORD)
    room = actions.create_room(actor=masha, name="Маяк", description="Играем по вечерам.")
    channel = room.channels.get(slug="general")
    actions.join_room(actor=kirill, room=room)
    first = post(kirill, channel, "Всем привет, ||сюрприз||")
    post(masha, channel, "Привет", reply_to=first)
    actions.edit_message(actor=kirill, message=post(kirill, channel, "Как дела"), body="Как дела?")
    actions.delete_message(actor=kirill, message=post(kirill, channel, "Лишнее"))
    for number in range(60):
        RoomMessage.objects.filter(pk=post(kirill, channel, f"Строка {number}").pk).update(
            created_at=datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
        )
    actions.create_room(actor=kirill, name="Причал")
    return room


@pytest.fixture
def russian() -> Client:
    """A browser that asks for Russian, in which nobody is logged in."""
    return Client(headers={"accept-language": "ru-RU,ru;q=0.9,en;q=0.1"})


@pytest.fixture
def as_masha(russian: Client, masha: User) -> Client:
    russian.force_login(masha)
    return russian
