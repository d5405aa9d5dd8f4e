import html

import pytest
from django.test import Client

from accounts import actions
from accounts.forms import SignupForm
from accounts.models import User
from accounts.names import RESERVED
from rooms.models import Membership

from .conftest import PASSWORD, SignUp

pytestmark = pytest.mark.django_db

SIGNUP = "/accounts/signup/"
ZERO_WIDTH_SPACE, RIGHT_TO_LEFT_OVERRIDE, CYRILLIC_A = "\u200b", "\u202e", "\u0430"


def text_of(response: object) -> str:
    return html.unescape(response.content.decode())


def test_alice_signs_up_and_lands_in_the_lobby_logged_in(client: Client) -> None:
    response = client.post(SIGNUP, {"username": "alice", "password1": PASSWORD, "email": ""}, follow=True)

    assert response.redirect_chain[0][0] == "/rooms/lobby/"
    assert response.status_code == 200
    assert response.context["user"].username == "alice"
    assert Membership.objects.filter(user__username="alice", room__slug="lobby").exists()


def test_alice_lands_where_she_was_going(client: Client, alice: User) -> None:
    page = client.get(f"{SIGNUP}?next=/rooms/").content.decode()
    assert '<input type="hidden" name="next" value="/rooms/">' in page

    response = client.post(SIGNUP, {"username": "carol", "password1": PASSWORD, "next": "/rooms/"})
    assert response["Location"] == "/rooms/"


@pytest.mark.parametrize(
    "target",
    [
        "https://mallory.example/",
        "//mallory.example/",
        "/\\mallory.example",
        "javascript:alert(1)",
        "http:///x",
        "\x00/",
    ],
)
def test_mallory_cannot_send_people_elsewhere_after_signing_up_or_logging_in(
    client: Client, sign_up: SignUp, target: str
) -> None:
    response = client.post(SIGNUP, {"username": "carol", "password1": PASSWORD, "next": target})
    assert response["Location"] == "/rooms/lobby/"

    client.logout()
    response = client.post(f"/accounts/login/?next={target}", {"login": "carol", "password": PASSWORD, "next": target})
    assert response["Location"] == "/"


def test_another_host_of_the_same_server_is_elsewhere_too(client: Client, alice: User) -> None:
    response = client.post(
        "/accounts/login/", {"login": "alice", "password": PASSWORD, "next": "http://localhost/rooms/"}
    )
    assert response["Location"] == "/"


def test_the_form_is_labelled_and_tells_password_managers_what_is_what(client: Client) -> None:
    page = client.get(SIGNUP).content.decode()
    for field, autocomplete in [("username", "username"), ("email", "email"), ("password1", "new-password")]:
        assert f'<label class="field__label" for="id_{field}">' in page
        assert f'autocomplete="{autocomplete}"' in page
    assert "password2" not in page
    assert "At least 8 characters" in page


@pytest.mark.parametrize(
    ("username", "words"),
    [
        ("", "This field is required."),
        ("a", "at least 2 characters"),
        ("a" * 33, "at most 32 characters"),
        ("mall ory", "Use Latin letters"),
        (f"ali{ZERO_WIDTH_SPACE}ce", "Use Latin letters"),
        (f"{RIGHT_TO_LEFT_OVERRIDE}ecila", "Use Latin letters"),
        (f"{CYRILLIC_A}lice", "Use Latin letters"),
        ("ali\x00ce", "Null characters are not allowed."),
        ("../admin", "Use Latin letters"),
        ("alice\n", "This username is taken."),
        ("<script>", "Use Latin letters"),
        ("admin", "This username is reserved."),
        ("Every.one_", "This username is reserved."),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_words_and_what_was_typed_stays(
    client: Client, alice: User, username: str, words: str
) -> None:
    response = client.post(SIGNUP, {"username": username, "password1": PASSWORD, "email": "carol@example.org"})

    assert response.status_code == 422
    page = text_of(response)
    assert words in page
    assert 'value="carol@example.org"' in page
    assert PASSWORD not in page
    assert User.objects.count() == 1


def test_invalid_utf8_is_refused_in_words(client: Client) -> None:
    response = client.generic(
        "POST", SIGNUP, b"username=al%FF%FEice&password1=x", content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 400
    assert "This request could not be read" in text_of(response)
    assert not User.objects.exists()


def test_the_error_is_tied_to_its_field_and_summed_up_above(client: Client) -> None:
    page = client.post(SIGNUP, {"username": "a b", "password1": PASSWORD}).content.decode()

    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_username_helptext id_username_error"' in page
    assert 'id="id_username_error"' in page
    summary = page[page.index('class="error-summary"') :]
    assert 'role="alert"' in summary[:100]
    assert '<a href="#id_username">Username</a>' in summary


def test_a_name_is_taken_in_any_case(client: Client, alice: User) -> None:
    response = client.post(SIGNUP, {"username": "ALICE", "password1": PASSWORD})
    assert response.status_code == 422
    assert "This username is taken." in text_of(response)


def test_a_name_is_kept_in_lower_case_whoever_makes_it(client: Client) -> None:
    client.post(SIGNUP, {"username": "Alice", "password1": PASSWORD})
    User.objects.create_superuser("Bob", password=PASSWORD)
    assert set(User.objects.values_list("username", flat=True)) == {"alice", "bob"}


def test_an_address_is_taken_in_any_case(client: Client, alice: User) -> None:
    response = client.post(SIGNUP, {"username": "carol", "password1": PASSWORD, "email": "Alice@Example.org"})
    assert response.status_code == 422
    assert "Another account uses this e-mail address." in text_of(response)


def test_an_address_too_long_for_the_database_is_refused(client: Client) -> None:
    email = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.org"
    assert client.post(SIGNUP, {"username": "carol", "password1": PASSWORD, "email": email}).status_code == 422


@pytest.mark.parametrize("password", ["short", "password123", "carolcarol", "12345678", "a\x00bcdefgh"])
def test_a_weak_password_is_refused(client: Client, password: str) -> None:
    response = client.post(SIGNUP, {"username": "carolcarol", "password1": password})
    assert response.status_code == 422
    assert 'id="id_password1_error"' in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_reserved_name_is_free(name: str) -> None:
    assert not SignupForm({"username": name, "password1": PASSWORD}).is_valid()


def test_two_people_who_want_one_name_at_once_get_one_account_and_one_explanation(
    client: Client, sign_up: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = actions.register

    def slower(**values: str) -> User:
        sign_up_first = register(**{**values, "email": ""})
        assert sign_up_first.pk
        return register(**values)

    monkeypatch.setattr(actions, "register", slower)
    response = client.post(SIGNUP, {"username": "carol", "password1": PASSWORD})

    assert response.status_code == 422
    assert "This username is taken." in text_of(response)
    assert User.objects.filter(username="carol").count() == 1


def test_nothing_is_half_written_when_the_lobby_cannot_be_joined(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("no lobby")

    monkeypatch.setattr(actions, "join_room", broken)
    with pytest.raises(RuntimeError):
        client.post(SIGNUP, {"username": "carol", "password1": PASSWORD, "email": "carol@example.org"})
    assert not User.objects.exists()


def test_a_form_without_its_token_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(SIGNUP, {"username": "carol", "password1": PASSWORD}).status_code == 403
    assert not User.objects.exists()


def test_somebody_who_is_logged_in_is_sent_on(as_alice: Client) -> None:
    assert as_alice.get(SIGNUP).status_code == 302
    assert as_alice.get("/accounts/login/").status_code == 302
