"""Staff suspend accounts and restore them."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import actions
from accounts.models import User
from tests.accounts.conftest import PASSWORD, SignUp

LIST = "/admin/accounts/user/"
LOGIN = "/accounts/login/"


@pytest.fixture
def sysop(sign_up: SignUp) -> User:
    user = sign_up("sysop")
    user.is_staff = True
    user.save()
    return user


@pytest.fixture
def as_sysop(sysop: User) -> Client:
    client = Client()
    client.force_login(sysop)
    return client


def act(client: Client, action: str, *users: User) -> str:
    form = {"action": action, "_selected_action": [user.pk for user in users]}
    return client.post(LIST, form, follow=True).content.decode()


def test_a_suspended_person_is_out_at_once_and_told_so_at_log_in(
    as_sysop: Client,
    as_alice: Client,
    alice: User,
    told: list[tuple[str, str]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    assert as_alice.get("/accounts/settings/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert "Suspended: alice" in act(as_sysop, "suspend", alice)
    assert (f"user.{alice.pk}", "recheck") in told
    assert as_alice.get("/accounts/settings/").status_code == 302
    assert as_alice.post("/rooms/lobby/general/messages/", {"body": "Still here"}).status_code != 200
    answer = Client().post(LOGIN, {"login": "alice", "password": PASSWORD}, follow=True)
    assert "This account is closed" in answer.content.decode()
    refused = Client().post(
        "/api/auth/login/", {"username": "alice", "password": PASSWORD}, content_type="application/json"
    )
    assert refused.status_code == 403
    assert refused.json() == {"detail": "This account cannot log in at present."}
    # Whoever does not know the password learns nothing.
    wrong = Client().post(LOGIN, {"login": "alice", "password": "a guess"}, follow=True)
    assert "This account is closed" not in wrong.content.decode()

    assert "Restored: alice" in act(as_sysop, "restore", alice)
    answer = Client().post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["Suspended.", "Restored."]


def test_suspending_twice_is_told_once(sysop: User, alice: User) -> None:
    actions.suspend_account(actor=sysop, user=alice, reason="Threats")
    actions.suspend_account(actor=sysop, user=alice, reason="Threats")
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Suspended. Threats"]
    alice.refresh_from_db()
    assert not alice.is_active


def test_nobody_suspends_themself_or_staff_but_a_superuser(as_sysop: Client, sysop: User, sign_up: SignUp) -> None:
    other, chief = sign_up("otherstaff"), sign_up("chief")
    User.objects.filter(pk=other.pk).update(is_staff=True)
    User.objects.filter(pk=chief.pk).update(is_staff=True, is_superuser=True)
    answer = act(as_sysop, "suspend", sysop, other, chief)
    assert "Not yours to decide about:" in answer
    assert User.objects.filter(is_active=False).count() == 0
    chief.refresh_from_db()
    other.refresh_from_db()
    actions.suspend_account(actor=chief, user=other)
    assert not User.objects.get(pk=other.pk).is_active


def test_others_suspend_nobody(alice: User, bob: User, sysop: User) -> None:
    for actor in (alice, bob):
        with pytest.raises(PermissionDenied):
            actions.suspend_account(actor=actor, user=bob)
    sysop.is_active = False
    with pytest.raises(PermissionDenied):
        actions.suspend_account(actor=sysop, user=bob)
    assert User.objects.get(pk=bob.pk).is_active


def test_staff_look_at_accounts_and_change_none(as_sysop: Client, sysop: User, alice: User) -> None:
    assert as_sysop.get(LIST, {"q": "alice"}).status_code == 200
    assert as_sysop.get(f"{LIST}{alice.pk}/change/").status_code == 200
    for path in (f"{sysop.pk}/change/", f"{alice.pk}/change/", f"{alice.pk}/delete/", f"{alice.pk}/password/", "add/"):
        answer = as_sysop.post(f"{LIST}{path}", {"username": "alice", "is_superuser": "on", "post": "yes"})
        assert answer.status_code == 403, path
    assert not User.objects.filter(is_superuser=True).exists()


def test_the_way_to_the_administration_is_shown_to_staff_alone(as_sysop: Client, as_alice: Client, bob: User) -> None:
    for path in ("/", f"/users/{bob.username}/"):
        assert "/admin/" in as_sysop.get(path).content.decode()
        for client in (as_alice, Client()):
            assert "/admin/" not in client.get(path).content.decode()
