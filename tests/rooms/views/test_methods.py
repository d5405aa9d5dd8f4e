"""Which methods an address answers."""

from django.test import Client

from rooms.models import Message
from tests.factories import post
from tests.rooms.conftest import Harbour
from tests.rooms.views.answers import GENERAL, SEND


class TestMethods:
    READ_ONLY = ("/", "/rooms/", "/rooms/harbour/", GENERAL, "/rooms/harbour/members/", "/rooms/harbour/sidebar/",
                 f"{GENERAL}changes/?after=0", f"{GENERAL}{{id}}/", f"{GENERAL}{{id}}/menu/")  # fmt: skip
    FORMS = ("/rooms/new/", f"{GENERAL}{{id}}/edit/", f"{GENERAL}{{id}}/delete/")
    WRITE_ONLY = (SEND, f"{GENERAL}read/", "/rooms/harbour/join/", "/rooms/harbour/leave/")

    def test_whatever_can_be_got_can_be_asked_for_its_head(self, harbour: Harbour, carol: Client) -> None:
        message = post(harbour.carol, harbour.general, "Ahoy")
        for path in (*self.READ_ONLY, *self.FORMS):
            address = path.format(id=message.pk)
            head, got = carol.head(address), carol.get(address)
            assert (head.status_code, head.content) == (got.status_code, b""), address
            assert got.status_code in {200, 302}
        assert Message.objects.get().body == "Ahoy", "asking for the head of a form must not send it"

    def test_other_methods_are_refused_by_name(self, harbour: Harbour, carol: Client) -> None:
        message = post(harbour.carol, harbour.general)
        wrong = (
            [(path, method) for path in self.READ_ONLY for method in ("post", "put", "patch", "delete")]
            + [(path, method) for path in self.FORMS for method in ("put", "patch", "delete")]
            + [(path, method) for path in self.WRITE_ONLY for method in ("get", "head", "put", "patch", "delete")]
        )
        for path, method in wrong:
            answer = getattr(carol, method)(path.format(id=message.pk))
            assert answer.status_code == 405, (path, method)
            assert answer["Allow"]
        assert not Message.objects.get().is_deleted
