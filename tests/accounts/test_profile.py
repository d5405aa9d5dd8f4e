import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.models import User
from rooms import actions
from rooms.models.room import Visibility
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def test_a_profile_says_who_somebody_is_and_since_when(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(display_name="Алиса", date_joined="2024-05-01T12:00:00Z")
    page = client.get("/users/alice/").content.decode()
    assert "Алиса" in page
    assert "@alice" in page
    assert "Here since May 1, 2024" in page


@pytest.mark.parametrize("path", ["/users/nobody/", "/users/a%00b/", "/users/%E2%80%AEalice/", f"/users/{'a' * 33}/"])
def test_nobody_has_no_profile(client: Client, alice: User, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_nul_never_reaches_the_database() -> None:
    with pytest.raises(Resolver404):
        resolve("/users/a\x00b/")


def test_a_profile_is_found_in_any_case(client: Client, alice: User) -> None:
    assert client.get("/users/Alice/").status_code == 200


def test_rooms_are_shown_only_to_those_who_share_them(as_alice: Client, alice: User, bob: User) -> None:
    actions.create_room(actor=bob, name="Bob's hideout", visibility=Visibility.PRIVATE)
    shared = actions.create_room(actor=bob, name="The chess corner", visibility=Visibility.PRIVATE)
    make_member(shared, alice)
    actions.create_room(actor=alice, name="The library", visibility=Visibility.PRIVATE)

    page = as_alice.get("/users/bob/").content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    assert "The chess corner" in main
    assert "hideout" not in main
    assert "library" not in main
    assert "The chess corner" not in Client().get("/users/bob/").content.decode()


def test_a_closed_account_is_shown_as_closed(client: Client, alice: User) -> None:
    User.objects.update(is_active=False)
    assert "This account is closed" in client.get("/users/alice/").content.decode()
