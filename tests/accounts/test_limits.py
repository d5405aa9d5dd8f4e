import time

import pytest
from allauth.account import app_settings
from django.test import Client
from django.urls import resolve, reverse
from pytest_django import Settings

from accounts import limits
from accounts.models import User
from accounts.views import ClearAnswers

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db

LOGIN, SIGNUP = "/accounts/login/", "/accounts/signup/"


def test_mallory_who_guesses_is_held_back_and_told_how_long(client: Client, bob: User) -> None:
    for _ in range(5):
        assert client.post(LOGIN, {"login": "bob", "password": "guess"}).status_code == 422
    response = client.post(LOGIN, {"login": "bob", "password": PASSWORD})

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 300
    page = response.content.decode()
    assert "Too many attempts. Try again in 5 minutes." in page
    assert 'value="bob"' in page
    assert "_auth_user_id" not in client.session


def test_what_was_typed_stays_with_somebody_who_is_held_back(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/50s/ip", "login": "1/m/ip", "reset_password": "1/m/key"}
    for path, typed in [
        (SIGNUP, {"username": "a b", "email": "carol@example.org", "password1": PASSWORD}),
        (LOGIN, {"login": "carol", "password": PASSWORD}),
        ("/accounts/password/reset/", {"email": "carol@example.org"}),
    ]:
        client.post(path, typed)
        response = client.post(path, typed)
        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0
        page = response.content.decode()
        assert "Too many attempts. Try again in" in page
        assert 'role="alert"' in page
        assert PASSWORD not in page
        for value in typed.values():
            assert value == PASSWORD or f'value="{value}"' in page


def test_a_page_with_nothing_to_keep_says_so_as_well(as_alice: Client, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"change_password": "1/m/user", "reauthenticate": "1/m/user"}
    for path in ["/accounts/password/change/", "/accounts/reauthenticate/"]:
        as_alice.post(path, {})
        response = as_alice.post(path, {})
        assert response.status_code == 429
        assert "Too many attempts. Try again in" in response.content.decode()


def test_a_wrong_password_when_asked_again_is_counted(as_alice: Client) -> None:
    for _ in range(5):
        as_alice.post("/accounts/reauthenticate/", {"password": "guess"})
    response = as_alice.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert response.status_code == 429
    assert "Too many attempts. Try again in 5 minutes." in response.content.decode()


def test_the_wait_is_told_in_russian(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    client.post(LOGIN, {})
    response = client.post(LOGIN, {}, headers={"Accept-Language": "ru"})
    assert response.status_code == 429
    assert response["Content-Language"] == "ru"


def test_the_wait_ends_when_it_was_said_to(client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    client.post(LOGIN, {})
    client.post(LOGIN, {})
    wait = int(client.post(LOGIN, {})["Retry-After"])

    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + wait)
    assert client.post(LOGIN, {}).status_code == 422


def test_the_wait_is_until_the_oldest_attempt_is_forgotten(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    client.post(LOGIN, {})
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 50)
    client.post(LOGIN, {})
    assert int(client.post(LOGIN, {})["Retry-After"]) <= 10


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "Too many attempts. Try again a little later."),
        (1, "Too many attempts. Try again in 1 second."),
        (89, "Too many attempts. Try again in 89 seconds."),
        (90, "Too many attempts. Try again in 2 minutes."),
        (300, "Too many attempts. Try again in 5 minutes."),
    ],
)
def test_the_wait_is_told_in_seconds_or_minutes(seconds: int, words: str) -> None:
    assert limits.explain(seconds) == words


def test_every_limited_page_of_allauth_is_answered_by_ours() -> None:
    limited = {
        "account_login": "login",
        "account_signup": "signup",
        "account_email": "manage_email",
        "account_change_password": "change_password",
        "account_set_password": "change_password",
        "account_reset_password": "reset_password",
        "account_reauthenticate": "reauthenticate",
    }
    paths = {reverse(name): action for name, action in limited.items()}
    paths[reverse("account_reset_password_from_key", args=["1", "set-password"])] = "reset_password_from_key"
    for path, action in paths.items():
        view = resolve(path).func.view_class
        assert issubclass(view, ClearAnswers), path
        assert view.limited_action == action
        assert action in app_settings.RATE_LIMITS
