"""That no page, refusal or letter shows a Russian reader an English word."""

import re

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from eclipse import ratelimit
from rooms.models import Room
from tests.factories import PASSWORD
from tests.languages.reading import AS_THEY_ARE, Shown, assert_russian, english_in


def test_the_pages_of_rooms_are_russian(as_masha: Client, lighthouse: Room, masha: User) -> None:
    channel = lighthouse.channels.get(slug="general")
    address = channel.get_absolute_url()
    theirs = channel.messages.filter(author__username="kirill", deleted_at=None).earliest("pk")
    mine = channel.messages.get(author=masha)
    for path in (
        "/",
        "/rooms/",
        "/rooms/?q=нет+такой",
        "/rooms/?tag=net-takoi&sort=members",
        f"/rooms/{lighthouse.slug}/settings/tags/?q=Новая+игра",
        "/rooms/new/",
        address,
        f"{address}?before={theirs.pk + 60}",
        f"{address}?after={theirs.pk}",
        f"{address}?reply={theirs.pk}",
        f"/rooms/{lighthouse.slug}/members/",
        f"/rooms/{lighthouse.slug}/sidebar/",
        f"{address}{mine.pk}/",
        f"{address}{theirs.pk}/menu/",
        f"{address}{mine.pk}/menu/",
        f"{address}{mine.pk}/edit/",
        f"{address}{mine.pk}/delete/",
        f"/rooms/{lighthouse.slug}/voice/",
        f"/rooms/{lighthouse.slug}/voice/call/",
        f"/rooms/{lighthouse.slug}/members/kirill/",
        *(
            f"/rooms/{lighthouse.slug}/members/kirill/voice-{verb}/"
            for verb in ("mute", "unmute", "deafen", "undeafen", "move", "disconnect", "priority", "no-priority")
        ),
        f"/rooms/{lighthouse.slug}/settings/bans/",
        f"/rooms/{lighthouse.slug}/settings/channels/",
        f"/rooms/{lighthouse.slug}/settings/channels/new/?kind=voice",
        "/rooms/prichal/",
        "/nothing/here/",
    ):
        response = as_masha.get(path, follow=True)
        assert response.status_code in (200, 404), path
        if b"<html" in response.content:
            assert_russian(response)
        else:
            assert english_in(response.content.decode()) == [], path


def test_what_is_refused_in_a_room_is_refused_in_russian(
    as_masha: Client, lighthouse: Room, settings: Settings
) -> None:
    channel = lighthouse.channels.get(slug="general")
    address = channel.get_absolute_url()
    for data in ({"body": ""}, {"body": "ы" * 4021}, {"body": "а\x00б"}):
        response = as_masha.post(f"{address}messages/", data)
        assert response.status_code == 422
        assert_russian(response)
    response = as_masha.post("/rooms/new/", {"name": "я", "description": "д" * 301, "visibility": "тайная"})
    assert response.status_code == 422
    assert_russian(response)
    for name in ("пу\u200bсто", "а" + "\u0301" * 8, "", "д" * 61):
        assert_russian(as_masha.post("/rooms/new/", {"name": name, "visibility": "public"}))
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "messages": "1/60 second", "joins": "1/60 second"}
    ratelimit.forget_all()
    as_masha.post(f"{address}messages/", {"body": "раз"})
    response = as_masha.post(f"{address}messages/", {"body": "два"})
    assert response.status_code == 429
    assert_russian(response)
    ratelimit.spend("joins", response.wsgi_request.user.pk)
    assert_russian(as_masha.post("/rooms/prichal/join/"))
    assert_russian(as_masha.post(f"/rooms/{lighthouse.slug}/leave/", follow=True))
    theirs = channel.messages.filter(author__username="kirill", deleted_at=None).earliest("pk")
    response = as_masha.get(f"{address}{theirs.pk}/edit/")
    assert response.status_code == 403
    assert_russian(response)


def test_the_pages_of_ones_account_are_russian(as_masha: Client, lighthouse: Room) -> None:
    for path in (
        "/accounts/settings/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/reauthenticate/",
        "/accounts/logout/",
        "/users/masha/",
        "/users/kirill/",
    ):
        response = as_masha.get(path, follow=True)
        assert response.status_code == 200, path
        assert_russian(response)
    for path, data in (
        ("/accounts/settings/", {"display_name": "д" * 49, "language": "суахили", "theme": "розовое"}),
        (
            "/accounts/settings/",
            {"display_name": "Мария", "language": "", "theme": "dark", "announcements": "off", "motion": "reduced"},
        ),
        ("/accounts/password/change/", {"oldpassword": "мимо", "password1": "12345"}),
        ("/accounts/password/change/", {"oldpassword": "", "password1": ""}),
        ("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "фонарь на причале"}),
        ("/accounts/reauthenticate/", {"password": "мимо"}),
        ("/accounts/email/", {"email": "не адрес", "action_add": ""}),
        ("/accounts/email/", {"email": "masha@example.org", "action_add": ""}),
        ("/accounts/logout/", {}),
    ):
        assert_russian(as_masha.post(path, data, follow=True))


def test_the_pages_of_a_guest_are_russian(russian: Client, lighthouse: Room) -> None:
    for path in (
        "/",
        "/rooms/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-set-password/",
        "/accounts/inactive/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/nothing/",
        lighthouse.channels.get(slug="general").get_absolute_url(),
        "/users/masha/",
        "/users/nobody/",
    ):
        assert_russian(russian.get(path, follow=True))
    for path, data in (
        ("/accounts/login/", {"login": "masha", "password": "мимо"}),
        ("/accounts/login/", {"login": "", "password": ""}),
        ("/accounts/login/", {"login": "masha@example.org", "password": "мимо"}),
        ("/accounts/signup/", {"username": "masha", "password1": "12345", "email": "не адрес"}),
        ("/accounts/signup/", {"username": "маша", "password1": "password", "email": "masha@example.org"}),
        ("/accounts/signup/", {"username": "admin", "password1": "", "email": ""}),
        ("/accounts/signup/", {"username": "м", "password1": PASSWORD, "email": ""}),
        ("/accounts/password/reset/", {"email": "не адрес"}),
        ("/accounts/password/reset/", {"email": "masha@example.org"}),
    ):
        assert_russian(russian.post(path, data, follow=True))


def test_somebody_held_back_at_the_door_is_told_so_in_russian(russian: Client, masha: User) -> None:
    for _ in range(30):
        response = russian.post("/accounts/login/", {"login": "masha", "password": "мимо"})
        if response.status_code == 429:
            break
    assert response.status_code == 429
    assert_russian(response)


def test_letters_are_russian(russian: Client, masha: User) -> None:
    for address in ("masha@example.org", "stranger@example.org"):
        russian.post("/accounts/password/reset/", {"email": address})
    russian.force_login(masha)
    russian.post("/accounts/reauthenticate/", {"password": PASSWORD})
    russian.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    assert len(mail.outbox) == 3
    for letter in mail.outbox:
        for text in (letter.subject, re.sub(r"https?://\S+|\S+@\S+", "", letter.body)):
            assert set(re.findall(r"[A-Za-z]{2,}", text)) <= AS_THEY_ARE, text


def test_a_forged_form_is_refused_in_russian(masha: User, lighthouse: Room) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"accept-language": "ru"})
    browser.force_login(masha)
    response = browser.post(f"/rooms/{lighthouse.slug}/leave/")
    assert response.status_code == 403
    assert_russian(response)


def test_a_broken_server_says_so_in_russian(russian: Client, masha: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("rooms.views.rooms_page", break_down)
    russian.raise_request_exception = False
    response = russian.get("/rooms/")
    assert response.status_code == 500
    assert_russian(response)


def test_staff_finds_people_and_rights_by_their_russian_names(as_masha: Client, masha: User) -> None:
    masha.is_staff = masha.is_superuser = True
    masha.save()
    for path, words in (
        ("/admin/", {"Аккаунты", "Пользователи"}),
        ("/admin/accounts/user/", {"Видимое имя", "Электронная почта", "Сотрудник сайта"}),
        (f"/admin/accounts/user/{masha.pk}/change/", {"Профиль", "Права", "Даты", "Оформление:"}),
    ):
        page = Shown()
        page.feed(as_masha.get(path).content.decode())
        assert words <= set(page.texts), path


def test_a_bot_is_refused_in_the_language_it_asks_for(russian: Client, lighthouse: Room) -> None:
    answer = russian.get("/api/chat/rooms/nothing/")
    assert answer.status_code == 404
    assert re.search("[а-я]", answer.content.decode())
