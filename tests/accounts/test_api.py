"""Accounts over REST: the same people, rules and limits as on the pages."""

from typing import Any

import pytest
from allauth.account import app_settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.forms import SignupForm
from accounts.models import User
from rooms.models import Membership
from tests.rooms.api_people import Caller

from .conftest import PASSWORD


@pytest.fixture
def guest(db: None) -> Caller:
    return Caller()


@pytest.fixture
def limits(settings: Settings) -> dict[str, str]:
    """allauth's limits, to be changed by the test."""
    settings.ACCOUNT_RATE_LIMITS = dict(app_settings.RATE_LIMITS)
    return settings.ACCOUNT_RATE_LIMITS


def log_in(caller: Caller, username: str, password: str = PASSWORD) -> Any:
    answer = caller.post("auth/login/", {"username": username, "password": password})
    if answer.status_code == 200:
        caller.headers["X-CSRFToken"] = answer.json()["csrf_token"]
    return answer


def test_a_guest_has_a_token_and_no_name(guest: Caller) -> None:
    answer = guest.get("auth/session/")
    assert answer.json()["user"] is None
    assert answer.json()["csrf_token"]
    assert guest.http.get("/api/auth/csrf/").cookies["csrftoken"].value


@pytest.mark.parametrize("name", ["alice", "Alice", "alice@example.org", "ALICE@example.org"])
def test_alice_logs_in(guest: Caller, alice: User, name: str) -> None:
    answer = log_in(guest, name)
    assert answer.status_code == 200
    assert answer.json()["user"] == {
        "id": alice.pk,
        "username": "alice",
        "name": "alice",
        "display_name": "",
        "email": "alice@example.org",
        "language": "",
        "theme": "system",
        "announcements": "all",
        "motion": "system",
    }
    assert guest.get("auth/session/").json()["user"]["username"] == "alice"
    # The new token is the one that counts now, and the session is the pages' own.
    assert guest.post("auth/profile/", {"theme": "dark"}).status_code == 200
    assert guest.http.get(reverse("accounts:settings")).status_code == 200


@pytest.mark.parametrize(
    ("username", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("alice@example.org", "wrong"), ("", "")]
)
def test_nobody_logs_in_by_guessing(guest: Caller, alice: User, username: str, password: str) -> None:
    answer = log_in(guest, username, password)
    assert answer.status_code == 400
    assert guest.get("auth/session/").json()["user"] is None


def test_an_unknown_name_and_a_wrong_password_are_told_alike(guest: Caller, alice: User) -> None:
    answers = [log_in(guest, name, "wrong").content for name in ("alice", "nobody")]
    assert answers == [b'{"detail":"The username or the password is wrong."}'] * 2


def test_an_account_that_was_closed_stays_outside(guest: Caller, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert log_in(guest, "alice").status_code in {400, 403}
    assert guest.get("auth/session/").json()["user"] is None


def test_logging_in_needs_the_token(alice: User, guest: Caller) -> None:
    del guest.headers["X-CSRFToken"]
    answer = log_in(guest, "alice")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    assert guest.get("auth/session/").json()["user"] is None


def test_whoever_is_logged_in_logs_out_first(guest: Caller, alice: User, bob: User) -> None:
    log_in(guest, "alice")
    for answer in (log_in(guest, "bob"), guest.post("auth/register/", {"username": "carol", "password": PASSWORD})):
        assert answer.status_code == 409
    assert guest.get("auth/session/").json()["user"]["username"] == "alice"


def test_wrong_passwords_count_together_with_those_on_the_page(
    guest: Caller, alice: User, limits: dict[str, str]
) -> None:
    limits["login_failed"] = "2/5m/key"
    Client().post(reverse("account_login"), {"login": "alice", "password": "wrong"})
    assert log_in(guest, "alice", "wrong").status_code == 400
    answer = log_in(guest, "alice")
    assert answer.status_code == 429
    assert 290 <= int(answer["Retry-After"]) <= 300
    assert "5 minutes" in answer.json()["detail"]
    assert guest.get("auth/session/").json()["user"] is None
    page = Client().post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    assert page.status_code == 429


def test_attempts_to_log_in_count_together_with_those_on_the_page(
    guest: Caller, alice: User, limits: dict[str, str]
) -> None:
    limits["login"] = "2/m/ip"
    Client().post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    assert log_in(guest, "alice").status_code == 200
    answer = log_in(Caller(), "alice")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60


def test_logging_out_ends_the_session(
    guest: Caller, alice: User, told: list[tuple[str, str]], django_capture_on_commit_callbacks: Any
) -> None:
    log_in(guest, "alice")
    with django_capture_on_commit_callbacks(execute=True):
        answer = guest.post("auth/logout/")
    assert (answer.status_code, answer.json()["user"]) == (200, None)
    assert (f"user.{alice.pk}", "recheck") in told
    assert guest.get("auth/profile/").status_code == 401
    # Once more, as a guest.
    guest.take_token()
    assert guest.post("auth/logout/").status_code == 200


def test_carol_registers_and_arrives_in_the_lobby(guest: Caller) -> None:
    answer = guest.post("auth/register/", {"username": "Carol", "password": PASSWORD, "email": "Carol@example.org"})
    assert answer.status_code == 201
    assert answer.json()["user"]["username"] == "carol"
    carol = User.objects.get()
    assert carol.check_password(PASSWORD)
    assert carol.email == "carol@example.org"
    assert Membership.objects.get(user=carol).room.slug == "lobby"
    assert guest.get("auth/session/").json()["user"]["id"] == carol.pk
    guest.headers["X-CSRFToken"] = answer.json()["csrf_token"]
    assert guest.post("chat/rooms/lobby/messages/", {"body": "Hello"}).status_code == 201


def test_an_email_address_is_not_needed(guest: Caller) -> None:
    assert guest.post("auth/register/", {"username": "carol", "password": PASSWORD}).status_code == 201
    assert not mail.outbox


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "alice"}, "username"),
        ({"username": "ALICE"}, "username"),
        ({"username": "admin"}, "username"),
        ({"username": "c"}, "username"),
        ({"username": "c" * 33}, "username"),
        ({"username": "кэрол"}, "username"),
        ({"username": "ca\x00rol"}, "username"),
        ({"username": "ca\u200brol"}, "username"),
        ({"username": 5}, "username"),
        ({"username": None}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "password"}, "password"),
        ({"password": ["a"]}, "password"),
        ({"password": "half a pair \ud83d"}, "password"),
        ({"email": "nowhere"}, "email"),
        ({"email": "alice@example.org"}, "email"),
        ({"email": f"{'x' * 250}@example.org"}, "email"),
    ],
)
def test_a_bad_registration_is_refused_by_field(guest: Caller, alice: User, change: dict[str, Any], field: str) -> None:
    answer = guest.post("auth/register/", {"username": "carol", "password": PASSWORD, **change})
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert User.objects.count() == 1


def test_the_second_of_two_who_want_one_name_is_told(
    guest: Caller, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both had been told that it was free.
    monkeypatch.setattr(SignupForm, "clean_username", lambda form: form.cleaned_data["username"])
    answer = guest.post("auth/register/", {"username": "alice", "password": PASSWORD})
    assert (answer.status_code, list(answer.json())) == (400, ["username"])


def test_registering_is_limited(guest: Caller, limits: dict[str, str]) -> None:
    limits["signup"] = "1/m/ip"
    assert guest.post("auth/register/", {"username": "carol", "password": PASSWORD}).status_code == 201
    answer = Caller().post("auth/register/", {"username": "dave", "password": PASSWORD})
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert not User.objects.filter(username="dave").exists()


def test_a_profile_is_changed_in_part(alice: User) -> None:
    caller = Caller(alice)
    answer = caller.post("auth/profile/", {"display_name": "  Алиса   Л. "})
    assert answer.status_code == 200
    assert (answer.json()["display_name"], answer.json()["name"]) == ("Алиса Л.", "Алиса Л.")
    answer = caller.post("auth/profile/", {"theme": "contrast", "language": "ru"})
    assert answer.json() == caller.get("auth/profile/").json()
    assert (answer.json()["display_name"], answer.json()["theme"], answer.json()["language"]) == (
        "Алиса Л.",
        "contrast",
        "ru",
    )
    assert caller.post("auth/profile/", {"display_name": "", "language": ""}).json()["name"] == "alice"
    answer = caller.post("auth/profile/", {"announcements": "off", "motion": "reduced"})
    assert (answer.json()["announcements"], answer.json()["motion"], answer.json()["theme"]) == (
        "off",
        "reduced",
        "contrast",
    )
    assert answer.json() == caller.get("auth/profile/").json()
    assert caller.post("auth/profile/", {}).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"display_name": "x" * 49}, "display_name"),
        ({"display_name": "Ali\u202ece"}, "display_name"),
        ({"display_name": 5}, "display_name"),
        ({"display_name": None}, "display_name"),
        ({"language": "tlh"}, "language"),
        ({"language": ["ru"]}, "language"),
        ({"theme": ""}, "theme"),
        ({"theme": "pink"}, "theme"),
        ({"announcements": "some"}, "announcements"),
        ({"announcements": None}, "announcements"),
        ({"motion": "wild"}, "motion"),
        ({"motion": True}, "motion"),
    ],
)
def test_a_bad_profile_is_refused_by_field(alice: User, change: dict[str, Any], field: str) -> None:
    caller = Caller(alice)
    before = caller.get("auth/profile/").json()
    answer = caller.post("auth/profile/", change)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert caller.get("auth/profile/").json() == before


def test_a_guest_has_no_profile(guest: Caller) -> None:
    for answer in (guest.get("auth/profile/"), guest.post("auth/profile/", {"theme": "dark"})):
        assert (answer.status_code, answer.json()) == (401, {"detail": "Log in first."})


def test_a_new_password_ends_the_other_sessions(alice: User) -> None:
    here, elsewhere = Caller(alice), Caller(alice)
    new = "the gulls are loud today"
    answer = here.post("auth/password/", {"old_password": "wrong", "new_password": new})
    assert (answer.status_code, list(answer.json())) == (400, ["old_password"])
    answer = here.post("auth/password/", {"old_password": PASSWORD, "new_password": "short"})
    assert (answer.status_code, list(answer.json())) == (400, ["new_password"])

    answer = here.post("auth/password/", {"old_password": PASSWORD, "new_password": new})
    assert (answer.status_code, answer.json()["user"]["username"]) == (200, "alice")
    assert here.get("auth/profile/").status_code == 200
    assert elsewhere.get("auth/profile/").status_code == 401
    assert log_in(Caller(), "alice", new).status_code == 200


def test_refusals_speak_the_readers_language(alice: User) -> None:
    russian = Caller(language="ru")
    page = Client(headers={"Accept-Language": "ru"}).post(
        reverse("account_login"), {"login": "alice", "password": "wrong"}
    )
    told = log_in(russian, "alice", "wrong").json()["detail"]
    assert told in page.content.decode()


def test_the_schema_tells_what_a_profile_may_hold() -> None:
    schemas = Client().get("/api/schema/?format=json").json()["components"]["schemas"]

    def choices(schema: str, name: str) -> list[str]:
        field = schemas[schema]["properties"][name]
        reference = next((each["$ref"] for each in (field, *field.get("allOf", [])) if "$ref" in each), None)
        return (schemas[reference.rsplit("/", 1)[1]] if reference else field)["enum"]

    for schema in ("Profile", "ProfileUpdate"):
        assert choices(schema, "announcements") == ["all", "mentions", "off"]
        assert choices(schema, "motion") == ["system", "reduced"]
