import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


@pytest.mark.parametrize("login", ["bob", "BOB", " Bob ", "bob@example.org", "BOB@EXAMPLE.ORG"])
def test_bob_logs_in_by_name_or_address_in_any_case(client: Client, bob: User, login: str) -> None:
    response = client.post(LOGIN, {"login": login, "password": PASSWORD}, follow=True)
    assert response.redirect_chain[0][0] == "/"
    assert response.context["user"] == bob


@pytest.mark.parametrize("login", ["bob", "nobody", "bob@example.org", "nobody@example.org", "b\x00b", "\u202ebob"])
def test_a_wrong_password_is_told_in_one_way_for_known_and_unknown_names(client: Client, bob: User, login: str) -> None:
    response = client.post(LOGIN, {"login": login, "password": "not the password"})

    assert response.status_code == 422
    page = response.content.decode()
    assert 'role="alert"' in page
    assert "not the password" not in page
    assert "_auth_user_id" not in client.session
    if "\x00" not in login:
        assert "is wrong" in page
        assert f'value="{login}"' in page


def test_the_form_tells_password_managers_what_is_what(client: Client) -> None:
    page = client.get(LOGIN).content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_logging_out_takes_a_post(as_alice: Client, alice: User, told: list[tuple[str, str]]) -> None:
    page = as_alice.get("/accounts/logout/")
    assert page.status_code == 200
    assert 'method="post"' in page.content.decode()
    assert "_auth_user_id" in as_alice.session

    as_alice.post("/accounts/logout/")
    assert "_auth_user_id" not in as_alice.session


def test_logging_out_closes_the_open_sockets(
    as_alice: Client,
    alice: User,
    told: list[tuple[str, str]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post("/accounts/logout/")
    assert told == [(f"user.{alice.pk}", "recheck")]


def test_a_closed_account_is_told_so(client: Client, bob: User) -> None:
    User.objects.update(is_active=False)
    response = client.post(LOGIN, {"login": "bob", "password": PASSWORD}, follow=True)
    assert "This account is closed" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_staff_log_in_through_the_same_counted_door(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")
    assert response["Location"] == "/accounts/login/?next=%2Fadmin%2F"


def test_allauth_gives_no_second_json_api(client: Client, bob: User) -> None:
    response = client.post(LOGIN, {"login": "bob", "password": "wrong"}, headers={"Accept": "application/json"})
    assert response["Content-Type"].startswith("text/html")
