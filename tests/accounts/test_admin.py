import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "seven kettles in the rain"


@pytest.fixture
def as_operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator", password=NEW_PASSWORD))
    return client


def test_alice_is_no_operator(as_alice: Client) -> None:
    assert as_alice.get("/admin/", follow=True).status_code == 403


def test_an_operator_opens_an_account(as_operator: Client) -> None:
    form = {"username": "Dave", "usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert as_operator.post("/admin/accounts/user/add/", form).status_code == 302
    assert User.objects.get(username="dave").check_password(NEW_PASSWORD)


def test_an_operator_closes_an_account_and_its_sockets(
    as_operator: Client,
    bob: User,
    told: list[tuple[str, str]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    page = f"/admin/accounts/user/{bob.pk}/change/"
    assert as_operator.get(page).status_code == 200
    form = {
        "username": "bob",
        "display_name": "",
        "email": bob.email,
        "language": "",
        "theme": "system",
        "announcements": "all",
        "motion": "system",
    }
    with django_capture_on_commit_callbacks(execute=True):
        assert as_operator.post(page, form).status_code == 302
    bob.refresh_from_db()
    assert not bob.is_active
    assert (f"user.{bob.pk}", "recheck") in told


def test_an_operator_gives_a_new_password_and_closes_the_sockets(
    as_operator: Client,
    bob: User,
    told: list[tuple[str, str]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    form = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    with django_capture_on_commit_callbacks(execute=True):
        assert as_operator.post(f"/admin/accounts/user/{bob.pk}/password/", form).status_code == 302
    bob.refresh_from_db()
    assert bob.check_password(NEW_PASSWORD)
    assert told == [(f"user.{bob.pk}", "recheck")]


def test_an_operator_deletes_accounts_and_closes_their_sockets(
    as_operator: Client,
    bob: User,
    told: list[tuple[str, str]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """Whoever is deleted has no session any more, but their open pages would hear private rooms until closed."""
    carol = User.objects.create_user("carol")
    bobs, carols = f"user.{bob.pk}", f"user.{carol.pk}"
    with django_capture_on_commit_callbacks(execute=True):
        assert as_operator.post(f"/admin/accounts/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 302
    assert told == [(bobs, "recheck")]
    chosen = {"action": "delete_selected", "_selected_action": [str(carol.pk)], "post": "yes"}
    with django_capture_on_commit_callbacks(execute=True):
        assert as_operator.post("/admin/accounts/user/", chosen).status_code == 302
    assert not User.objects.filter(username__in=["bob", "carol"]).exists()
    assert told == [(bobs, "recheck"), (carols, "recheck")]


def test_a_limit_that_cannot_be_read_stops_the_start(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "often"}
    with pytest.raises(ImproperlyConfigured, match="ACCOUNT_RATE_LIMIT_LOGIN is 'often'"):
        apps.get_app_config("accounts").ready()
