"""Messages by command: named by what one answers, by number, or by link."""

from collections.abc import Callable

import pytest

from rooms.models import AuditEntry, Message
from rooms.models.audit_entry import Deed
from tests.factories import make_channel, post
from tests.rooms.conftest import Harbour
from tests.rooms.slash.typing import Said, typed

NAMED: dict[str, Callable[[Message], str]] = {
    "number": lambda message: f"#{message.pk} ",
    "bare number": lambda message: f"{message.pk} ",
    "link": lambda message: f"https://chat.example{message.get_absolute_url()} ",
    "path": lambda message: f"{message.get_absolute_url()} ",
}


@pytest.fixture(params=["answer", *NAMED])
def about(request: pytest.FixtureRequest) -> Callable[..., Said]:
    """Types a command about a message, in each way in which it can be named."""

    def type_about(person: object, message: Message, command: str, rest: str = "") -> Said:
        if request.param == "answer":
            return typed(person, f"{command} {rest}", answering=message)  # type: ignore[arg-type]
        return typed(person, f"{command} {NAMED[request.param](message)}{rest}")  # type: ignore[arg-type]

    return type_about


def test_a_message_is_pinned_and_unpinned_with_a_reason(harbour: Harbour, about: Callable[..., Said]) -> None:
    message = post(harbour.carol, harbour.general, "The map is in the attic")
    assert about(harbour.bob, message, "/pin", "for the new ones").words == "The message is pinned."
    message.refresh_from_db()
    assert message.is_pinned
    assert about(harbour.bob, message, "/unpin", "old news").done
    entries = AuditEntry.objects.order_by("pk").values_list("deed", "reason")
    assert list(entries) == [(Deed.MESSAGE_PINNED, "for the new ones"), (Deed.MESSAGE_UNPINNED, "old news")]


def test_one_changes_what_one_wrote(harbour: Harbour, about: Callable[..., Said]) -> None:
    message = post(harbour.carol, harbour.general, "First")
    assert about(harbour.carol, message, "/edit", "Better:\n\n* one\n* two").done
    message.refresh_from_db()
    assert message.body == "Better:\n\n* one\n* two"
    assert not about(harbour.bob, message, "/edit", "Other words").done


def test_one_is_deleted_by_whoever_may(harbour: Harbour) -> None:
    hers, his = post(harbour.carol, harbour.general), post(harbour.bob, harbour.general)
    assert typed(harbour.carol, "/delete", answering=hers).done
    assert not typed(harbour.carol, "/delete", answering=his).done
    assert not AuditEntry.objects.exists()
    other = post(harbour.carol, harbour.general)
    assert typed(harbour.bob, f"/delete #{other.pk} spam").done
    entry = AuditEntry.objects.get()
    assert (entry.deed, entry.subject, entry.reason) == (Deed.MESSAGE_DELETED, harbour.carol, "spam")


def test_the_last_ones_are_deleted_of_everybody_or_of_somebody(harbour: Harbour) -> None:
    kept = post(harbour.carol, harbour.general, "kept")
    spam = [post(harbour.carol, harbour.general, f"spam {number}") for number in range(3)]
    other = post(harbour.alice, harbour.general, "hers")
    elsewhere = post(harbour.carol, make_channel(harbour.room, "annex"), "in another channel")
    assert typed(harbour.bob, "/delete 3 @carol so much spam").words == "3 messages are deleted."
    assert set(Message.objects.filter(deleted_at=None)) == {kept, other, elsewhere}
    entry = AuditEntry.objects.get()
    assert (entry.deed, entry.reason, entry.details["deleted"]) == (Deed.MESSAGES_DELETED, "so much spam", 3)
    assert typed(harbour.bob, "/delete 1").words == "1 message is deleted."
    assert set(Message.objects.filter(deleted_at=None)) == {kept, elsewhere}
    assert spam


def test_what_is_elsewhere_is_not_here(harbour: Harbour) -> None:
    hidden = post(harbour.carol, harbour.strongbox, "The treasure is there")
    for line in (f"/pin #{hidden.pk}", f"/pin {hidden.get_absolute_url()}", f"/delete #{hidden.pk}"):
        assert not typed(harbour.bob, line).done
    assert not typed(harbour.bob, "/pin https://chat.example/rooms/").done
    assert not typed(harbour.bob, "/pin https://[::1/rooms/harbour/general/1/").done
    # In another channel of the room it is: there it can be opened, too.
    annex = make_channel(harbour.room, "annex")
    assert typed(harbour.bob, f"/pin #{post(harbour.carol, annex).pk}").done
