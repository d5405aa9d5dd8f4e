"""Who a session's cookie stands for."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def logged_in(client: Client) -> bool:
    answer = client.get("/accounts/settings/")
    assert answer.status_code in {200, 302}
    return answer.status_code == 200


def test_a_session_ends_with_its_time() -> None:
    client = Client()
    client.force_login(User.objects.create_user("alice"))
    assert logged_in(client)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not logged_in(client)


def test_a_session_that_was_ended_elsewhere_is_over_at_once() -> None:
    client = Client()
    client.force_login(User.objects.create_user("alice"))
    assert logged_in(client)
    Session.objects.all().delete()
    assert not logged_in(client)


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 5000, r'"\000\000\000\000\000\000\000\000"', "' OR 1=1 --", '"\\377"']
)
def test_a_forged_cookie_is_nobodys(key: str) -> None:
    """A quoted cookie may spell any character, and PostgreSQL takes no NUL."""
    client = Client(headers={"Cookie": f"sessionid={key}"})
    client.cookies.clear()
    assert not logged_in(client)
