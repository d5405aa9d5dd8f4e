import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.models import User
from rooms import actions
from rooms.actions.roles import matrix_of
from rooms.models.room import Visibility
from rooms.permissions import VIEW_MEMBERS, Role
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def main_of(response: HttpResponse) -> str:
    """The page without the lists of the reader's own rooms."""
    page = response.content.decode()
    return page[page.index("<main") : page.index("</main>")]


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

    main = main_of(as_alice.get("/users/bob/"))
    assert "The chess corner" in main
    assert "hideout" not in main
    assert "library" not in main
    assert "The chess corner" not in Client().get("/users/bob/").content.decode()


def test_a_room_whose_members_one_may_not_see_is_not_told(as_alice: Client, alice: User, bob: User) -> None:
    """Else each profile would tell what the members' list does not: who else is in the room."""
    shared = actions.create_room(actor=bob, name="The masked ball", visibility=Visibility.PRIVATE)
    make_member(shared, alice)
    users = matrix_of(shared)[Role.USER]
    actions.edit_matrix(actor=bob, room=shared, matrix={Role.USER: users - {VIEW_MEMBERS}})

    assert "masked ball" not in main_of(as_alice.get("/users/bob/"))
    # That she herself belongs to it is no secret to her.
    assert "masked ball" in main_of(as_alice.get("/users/alice/"))
    actions.edit_matrix(actor=bob, room=shared, matrix={Role.USER: users})
    assert "masked ball" in main_of(as_alice.get("/users/bob/"))


def test_a_closed_account_is_shown_as_closed(client: Client, alice: User) -> None:
    User.objects.update(is_active=False)
    assert "This account is closed" in client.get("/users/alice/").content.decode()
