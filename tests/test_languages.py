"""That Eclipse speaks Russian: the catalogue is whole, and no page shows an English word."""

import io
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format
from pytest_django import Settings

from accounts.actions import register
from accounts.limits import explain
from accounts.models import User
from eclipse import ratelimit
from eclipse.ratelimit import RateLimited
from rooms import actions
from rooms.models import Channel, Room
from rooms.models import Message as RoomMessage
from tests.conftest import ROOT

CATALOGUE = ROOT / "locale" / "ru" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")
PASSWORD = "a lantern on the harbour wall"


# --- The catalogue --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ru")


def strings_of(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if message.pluralizable else (message.string,)


def ids_of(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if message.pluralizable else (message.id,)


def test_every_string_is_translated_and_none_is_a_guess(catalogue: Catalog) -> None:
    assert len(catalogue) > 200
    assert [message.id for message in catalogue if message.id and not all(strings_of(message))] == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert not catalogue.obsolete


def test_every_plural_has_the_three_forms_of_russian(catalogue: Catalog) -> None:
    assert catalogue.num_plurals == 3
    for message in catalogue:
        if message.pluralizable:
            assert len(strings_of(message)) == 3, message.id


def test_placeholders_and_tags_are_those_of_the_english(catalogue: Catalog) -> None:
    assert [(message.id, errors) for message, errors in catalogue.check() for errors in [list(errors)] if errors] == []
    for message in catalogue:
        if not message.id:
            continue
        wanted = ids_of(message)[-1]
        for string in strings_of(message):
            for pattern in (r"%\(\w+\)[sd]", r"</?\w+>"):
                assert Counter(re.findall(pattern, string)) == Counter(re.findall(pattern, wanted)), message.id


def test_the_words_keep_to_the_manner(catalogue: Catalog) -> None:
    """The rules of docs/translating.md that a machine can see."""
    for message in catalogue:
        for string in strings_of(message) if message.id else ():
            assert "!" not in string, string
            assert not re.search(r'"|\s-\s|\.\.\.', string), string
            assert not re.search(r"\b(вы|вас|вам|вами|ваш\w*)\b", string), string
            assert string.endswith(".") == ids_of(message)[0].endswith("."), string


def test_the_compiled_catalogue_is_that_of_its_source(catalogue: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    expected, committed = GNUTranslations(compiled), GNUTranslations(COMPILED.open("rb"))
    assert {key: text for key, text in committed._catalog.items() if key} == {
        key: text for key, text in expected._catalog.items() if key
    }
    assert [committed.plural(number) for number in range(200)] == [expected.plural(number) for number in range(200)]


def test_the_catalogue_holds_what_the_code_and_the_templates_say(catalogue: Catalog, tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("GNU gettext is not installed")
    copied = {"accounts", "bin", "eclipse", "locale", "rooms", "templates", "voice", "manage.py"}
    for name in sorted(copied):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, tmp_path / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    subprocess.run([tmp_path / "bin" / "messages"], check=True, capture_output=True)
    with (tmp_path / CATALOGUE.relative_to(ROOT)).open("rb") as file:
        found = read_po(file, locale="ru")
    assert {(each.context, each.id) for each in found} == {(each.context, each.id) for each in catalogue}, (
        "run bin/messages, and translate what it lists"
    )


# --- Numbers and dates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 секунду"), (2, "2 секунды"), (5, "5 секунд"), (11, "11 секунд"), (21, "21 секунду")]
)
def test_seconds_are_counted_in_the_right_form(seconds: int, words: str) -> None:
    with translation.override("ru"):
        assert f"через {words}." in RateLimited("messages", seconds).explain()
        assert f"через {words}." in explain(seconds)


@pytest.mark.parametrize(("seconds", "words"), [(120, "2 минуты"), (300, "5 минут"), (1260, "21 минуту")])
def test_minutes_are_counted_in_the_right_form(seconds: int, words: str) -> None:
    with translation.override("ru"):
        assert f"через {words}." in explain(seconds)


@pytest.mark.parametrize(
    ("count", "unread", "new", "members"),
    [
        (1, "1 непрочитанное", "1 новое сообщение", "1 участник"),
        (2, "2 непрочитанных", "2 новых сообщения", "2 участника"),
        (5, "5 непрочитанных", "5 новых сообщений", "5 участников"),
        (21, "21 непрочитанное", "21 новое сообщение", "21 участник"),
    ],
)
def test_things_are_counted_in_the_right_form(count: int, unread: str, new: str, members: str) -> None:
    with translation.override("ru"):
        for one, many, expected in (
            ("%(count)s unread", "%(count)s unread", unread),
            ("%(count)s new message", "%(count)s new messages", new),
            ("%(members)s member", "%(members)s members", members),
        ):
            text = translation.ngettext(one, many, count)
            assert text % {"count": count, "members": count} == expected


# --- The pages ------------------------------------------------------------------------------------


class Shown(HTMLParser):
    """What a page shows or says to whoever reads it: text, labels, hints; not what people wrote in it."""

    HIDDEN = {"script", "style"}
    SPOKEN = {"alt", "aria-label", "placeholder", "title"}

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0
        self._english = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in self.HIDDEN:
            self._hidden += 1
        self.texts += [value for name, value in attrs if name in self.SPOKEN and value]
        if tag == "meta" and values.get("name") == "description":
            self.texts.append(values.get("content") or "")
        # The switch of languages tells each language's name in that language.
        self._english = tag == "button" and values.get("lang") == "en"

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden and not self._english and data.strip():
            self.texts.append(" ".join(data.split()))


# Names, and the words of the web that are written so in Russian too.
AS_THEY_ARE = {"Eclipse", "JavaScript", "general", "voice", "masha", "kirill", "example", "org", "testserver"}


def english_in(html: str) -> list[str]:
    page = Shown()
    page.feed(html)
    texts = (re.sub(r"\{\w+\}", "", text) for text in page.texts)
    return [text for text in texts if set(re.findall(r"[A-Za-z]{2,}", text)) - AS_THEY_ARE]


def assert_russian(response: HttpResponse) -> None:
    html = response.content.decode()
    assert 'lang="ru"' in html
    assert english_in(html) == [], f"{response.request['PATH_INFO']} ({response.status_code})"


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
        ratelimit.forget_all()
    actions.create_room(actor=kirill, name="Причал")
    return room


def post(user: User, channel: Channel, body: str, reply_to: RoomMessage | None = None) -> RoomMessage:
    return actions.post_message(actor=user, channel=channel, body=body, client_id=uuid4(), reply_to=reply_to)


@pytest.fixture
def russian() -> Client:
    """A browser that asks for Russian, in which nobody is logged in."""
    return Client(headers={"accept-language": "ru-RU,ru;q=0.9,en;q=0.1"})


@pytest.fixture
def as_masha(russian: Client, masha: User) -> Client:
    russian.force_login(masha)
    return russian


def test_the_pages_of_rooms_are_russian(as_masha: Client, lighthouse: Room, masha: User) -> None:
    channel = lighthouse.channels.get(slug="general")
    address = channel.get_absolute_url()
    theirs = channel.messages.filter(author__username="kirill", deleted_at=None).earliest("pk")
    mine = channel.messages.get(author=masha)
    for path in (
        "/",
        "/rooms/",
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
    response = as_masha.get(f"{address}{theirs.pk}/delete/")
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


def test_dates_are_russian(as_masha: Client, lighthouse: Room, masha: User) -> None:
    page = as_masha.get(lighthouse.get_absolute_url(), follow=True).content.decode()
    assert "10 марта 2026 г." in page
    User.objects.filter(pk=masha.pk).update(date_joined=datetime(2026, 5, 1, 12, 0, tzinfo=UTC))
    assert "Здесь с 1 мая 2026 г." in as_masha.get("/users/masha/").content.decode()
    with translation.override("ru"):
        assert date_format(datetime(2026, 8, 2, tzinfo=UTC)) == "2 августа 2026 г."


def test_the_page_carries_every_form_that_its_script_counts_with(as_masha: Client) -> None:
    page = as_masha.get("/").content.decode()
    words = dict(re.findall(r'data-key="([\w.]+)">([^<]*)</i>', page))
    for key in ("new_messages", "unread"):
        assert {f"{key}.{form}" for form in ("one", "few", "many", "other")} <= set(words)
    assert words["new_messages.one"] == "{count} новое сообщение"
    assert words["new_messages.few"] == "{count} новых сообщения"
    assert words["new_messages.many"] == "{count} новых сообщений"
    assert words["typing.two"] == "{first} и {second} печатают…"
