from smtplib import SMTPServerDisconnected

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.models import User

from .conftest import PASSWORD
from .test_passwords import link_in

pytestmark = pytest.mark.django_db

EMAIL = "/accounts/email/"


def confirm_identity(client: Client, response: object) -> object:
    """Give the password that a change of the address asks for; the change then goes on."""
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert "Confirm that it is you" in client.get(response["Location"]).content.decode()
    return client.post(response["Location"], {"password": PASSWORD})


def test_alice_changes_her_address_with_her_password_and_a_link(as_alice: Client, alice: User) -> None:
    response = as_alice.post(EMAIL, {"action_add": "", "email": "Alice@New.example"})
    assert not EmailAddress.objects.filter(email="alice@new.example").exists()

    confirm_identity(as_alice, response)
    assert "alice@new.example" in as_alice.get(EMAIL).content.decode()

    page = as_alice.get(link_in(mail.outbox[0])).content.decode()
    assert "Does alice@new.example belong to the account alice?" in page
    response = as_alice.post(link_in(mail.outbox[0]), follow=True)
    assert "alice@new.example is confirmed." in response.content.decode()

    alice.refresh_from_db()
    assert alice.email == "alice@new.example"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("alice@new.example", True)]


def test_a_wrong_password_changes_nothing(as_alice: Client, alice: User) -> None:
    response = as_alice.post(EMAIL, {"action_remove": "", "email": "alice@example.org"})
    refused = as_alice.post(response["Location"], {"password": "guess"})
    assert refused.status_code == 422
    assert EmailAddress.objects.filter(email="alice@example.org").exists()


def test_alice_removes_her_address(as_alice: Client, alice: User) -> None:
    response = as_alice.post(EMAIL, {"action_remove": "", "email": "alice@example.org"})
    confirm_identity(as_alice, response)
    alice.refresh_from_db()
    assert alice.email == ""


def test_the_link_can_be_sent_again_but_not_at_once(as_alice: Client, alice: User) -> None:
    as_alice.post(EMAIL, {"action_send": "", "email": "alice@example.org"})
    assert len(mail.outbox) == 1
    response = as_alice.post(EMAIL, {"action_send": "", "email": "alice@example.org"}, follow=True)
    assert len(mail.outbox) == 1
    assert "Too many attempts. Try again in 3 minutes." in response.content.decode()


def test_an_old_link_is_told(client: Client) -> None:
    response = client.get("/accounts/confirm-email/nonsense/")
    assert "This link is not valid any more" in response.content.decode()


def test_a_mail_server_that_is_down_stops_nobody_from_signing_up(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise SMTPServerDisconnected("gone")

    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    monkeypatch.setattr(mail.EmailMessage, "send", down)
    response = client.post(
        "/accounts/signup/", {"username": "carol", "password1": PASSWORD, "email": "carol@example.org"}
    )
    assert response["Location"] == "/rooms/lobby/"
    page = client.get("/accounts/settings/").content.decode()
    assert "could not be sent" in page
    assert "is on its way" not in page
