"""Numbers and dates in Russian: the right form, in pages and in scripts."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format

from accounts.limits import explain
from accounts.models import User
from eclipse.ratelimit import RateLimited
from rooms.models import Room


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
