import re
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "seven kettles in the rain"


def link_in(message: mail.EmailMessage) -> str:
    return re.search(r"http://testserver(/\S+)", message.body)[1]


def ask_for_link(client: Client, email: str = "alice@example.org") -> str:
    client.post("/accounts/password/reset/", {"email": email})
    return link_in(mail.outbox[-1])


def test_alice_forgets_her_password_and_sets_a_new_one(client: Client, alice: User) -> None:
    response = client.post("/accounts/password/reset/", {"email": "Alice@Example.org"}, follow=True)
    assert "Look into your mail" in response.content.decode()
    assert mail.outbox[0].to == ["Alice@Example.org".lower()]
    assert "alice" in mail.outbox[0].body

    form = client.get(link_in(mail.outbox[0]), follow=True)
    page = form.content.decode()
    assert 'autocomplete="new-password"' in page
    assert "alice" in page

    response = client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD}, follow=True)
    assert "Your password is changed" in response.content.decode()
    assert client.login(username="alice", password=NEW_PASSWORD)


def test_a_link_works_once(client: Client, alice: User) -> None:
    link = ask_for_link(client)
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD})

    assert "This link is not valid any more" in Client().get(link, follow=True).content.decode()


def test_a_weak_new_password_is_refused_and_the_link_still_works(client: Client, alice: User) -> None:
    form = client.get(ask_for_link(client), follow=True)
    response = client.post(form.request["PATH_INFO"], {"password1": "alice"})
    assert response.status_code == 422
    response = client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD})
    assert response.status_code == 302


def test_an_unknown_address_gets_the_same_page_and_a_letter_that_says_so(client: Client, alice: User) -> None:
    known = client.post("/accounts/password/reset/", {"email": "alice@example.org"}, follow=True)
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True)
    assert [known.redirect_chain, known.status_code] == [unknown.redirect_chain, unknown.status_code]
    assert "no account there has it" in mail.outbox[1].body


def test_a_mail_server_that_is_down_is_told(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr(mail.EmailMessage, "send", down)
    response = client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    assert response.status_code == 503
    page = response.content.decode()
    assert "could not be sent" in page
    assert 'value="alice@example.org"' in page


def test_changing_the_password_logs_out_elsewhere_and_closes_the_sockets(
    as_alice: Client,
    alice: User,
    told: list[tuple[str, str]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    elsewhere = Client()
    elsewhere.force_login(alice)

    with django_capture_on_commit_callbacks(execute=True):
        response = as_alice.post(
            "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW_PASSWORD}, follow=True
        )

    assert "Your password is changed." in response.content.decode()
    assert as_alice.get("/accounts/settings/").status_code == 200
    assert elsewhere.get("/accounts/settings/").status_code == 302
    assert told == [(f"user.{alice.pk}", "recheck")]


def test_changing_the_password_takes_the_current_one(as_alice: Client, alice: User) -> None:
    response = as_alice.post("/accounts/password/change/", {"oldpassword": "guess", "password1": NEW_PASSWORD})
    assert response.status_code == 422
    assert "This is not your current password." in response.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_an_account_without_a_password_gets_one(as_alice: Client, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    as_alice.force_login(alice)
    assert as_alice.get("/accounts/password/change/")["Location"] == "/accounts/password/set/"
    assert as_alice.get("/accounts/password/set/").status_code == 200
    assert as_alice.post("/accounts/password/set/", {"password1": NEW_PASSWORD}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)
