"""Queries that are built once: they answer what the ORM's own would."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from eclipse.statements import Insert, Parameter, Statement, columns, instance

pytestmark = [pytest.mark.django_db, pytest.mark.services]

by_name = Statement(
    lambda: User.objects.filter(
        username=Parameter("username", User._meta.get_field("username")),
        date_joined__lte=Parameter("now", User._meta.get_field("date_joined")),
    ).values_list(*columns(User))
)


def test_alice_is_found_as_the_orm_finds_her() -> None:
    alice = User.objects.create_user("alice", display_name="Алиса %s \\", is_staff=True)
    User.objects.create_user("bob")
    [row] = by_name(username="alice", now=timezone.now())
    found = instance(User, row)
    expected = User.objects.get(username="alice")
    assert found == alice
    # Dates and truth too, which SQLite does not keep as such.
    assert found.__dict__ | {"_state": None} == expected.__dict__ | {"_state": None}
    found.display_name = "Alice"
    found.save()
    assert User.objects.get(username="alice").display_name == "Alice"


def test_each_call_has_its_own_values_and_costs_one_query() -> None:
    for name in ("alice", "bob"):
        User.objects.create_user(name)
    with CaptureQueriesContext(connection) as queries:
        assert [instance(User, row).username for row in by_name(username="bob", now=timezone.now())] == ["bob"]
        assert by_name(username="bob", now=timezone.now() - timedelta(days=1)) == []
        assert by_name(username="' OR 1=1 --", now=timezone.now()) == []
    assert len(queries) == 3


def test_a_value_that_is_missing_is_said() -> None:
    with pytest.raises(KeyError, match="username"):
        by_name(now=timezone.now())


def test_a_row_is_stored_as_the_orm_stores_it() -> None:
    before = timezone.now()
    bob = User(username="bob", display_name="Боб %s", language="ru")
    Insert(User)(bob)
    assert User.objects.get() == bob
    assert User.objects.get().__dict__ | {"_state": None} == bob.__dict__ | {"_state": None}
    assert before <= User.objects.get().date_joined <= timezone.now()
    bob.display_name = "Bob"
    bob.save()
    assert User.objects.get().display_name == "Bob"
    with pytest.raises(IntegrityError), transaction.atomic():
        Insert(User)(User(username="bob"))
