"""What comes in under a false name is turned away, in one line and without a stumble."""

import pytest
from channels.testing import WebsocketCommunicator
from django.test import Client, override_settings

from eclipse.asgi import application
from eclipse.origin import is_own


@pytest.mark.django_db
def test_a_forged_host_is_a_bad_request(client: Client) -> None:
    page = client.get("/", headers={"host": "evil.example"})
    assert page.status_code == 400
    assert "could not be read" in page.text
    answer = client.get("/api/auth/session/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer.json() == {"detail": "This request could not be read."}


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://testserver", "testserver", True),
        ("http://testserver:80", "testserver", True),
        ("https://testserver", "testserver:443", True),
        ("http://testserver:8000", "testserver:8000", True),
        ("http://TESTSERVER:8000", "testserver:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        # Another program on the same machine: the cookies would go with it all the same.
        ("http://testserver:9999", "testserver:8000", False),
        ("http://testserver", "testserver:8000", False),
        ("http://evil.example", "testserver", False),
        ("http://testserver.evil.example", "testserver", False),
        ("http://evil.example", "evil.example", False),
        ("http://testserver:port", "testserver", False),
        ("file://testserver", "testserver", False),
        ("null", "testserver", False),
        ("", "testserver", False),
    ],
)
def test_only_this_sites_pages_open_sockets(origin: str, host: str, own: bool) -> None:
    assert is_own({b"origin": origin, b"host": host}) is own


@override_settings(CSRF_TRUSTED_ORIGINS=["https://chat.example.org"])
def test_a_trusted_origin_may_differ_from_the_host() -> None:
    assert is_own({b"origin": "https://chat.example.org", b"host": "testserver"})


async def test_a_socket_of_another_port_is_refused() -> None:
    headers = [(b"host", b"testserver:8000"), (b"origin", b"http://testserver:9999")]
    communicator = WebsocketCommunicator(application, "/ws/presence/", headers=headers)
    connected, _ = await communicator.connect()
    assert not connected
