"""What may be said on a voice socket, and what nobody understands."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from voice import protocol
from voice.engine import Lane, Source, Wish
from voice.protocol import NotUnderstood, Problem, Reason, parse
from voice.state import Participant

ANSWER = {"type": "answer", "number": 1, "sdp": "v=0"}
CANDIDATE = {"type": "candidate", "number": 1, "mid": "0", "candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host"}
CAPTION = {"type": "caption", "text": "Land ho", "final": False}
SCREEN = {"user": 3, "source": "screen", "large": True}


def frame(**fields: Any) -> str:
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"type": "join"}, protocol.Join()),
        (
            {"type": "join", "muted": True, "deafened": True, "take_over": True, "session": "a1"},
            protocol.Join(True, True, True, "a1"),
        ),
        ({"type": "join", "session": None}, protocol.Join()),
        (ANSWER, protocol.Answer(1, "v=0")),
        (CANDIDATE, protocol.Candidate(1, "0", CANDIDATE["candidate"])),
        (CANDIDATE | {"candidate": ""}, protocol.Candidate(1, "0", "")),
        ({"type": "restart"}, protocol.Restart()),
        ({"type": "state", "muted": True}, protocol.State(muted=True)),
        ({"type": "state", "camera": False, "screen": True}, protocol.State(camera=False, screen=True)),
        ({"type": "state"}, protocol.State()),
        ({"type": "watch", "wishes": []}, protocol.Watch(())),
        ({"type": "watch", "wishes": [SCREEN]}, protocol.Watch((Wish(3, Source.SCREEN, large=True),))),
        (
            {"type": "watch", "wishes": [{"user": 3, "source": "camera"}]},
            protocol.Watch((Wish(3, Source.CAMERA, large=False),)),
        ),
        (CAPTION, protocol.WriteCaption("Land ho", final=False)),
        ({"type": "leave"}, protocol.Leave()),
    ],
)
def test_what_a_page_says_is_understood(sent: dict[str, Any], message: protocol.ClientMessage) -> None:
    assert parse(json.dumps(sent)) == message
    assert parse(json.dumps(sent) + "\n") == message


@pytest.mark.parametrize(
    "sent",
    [
        "", " ", "x", "\x00", "null", "1", "NaN", "[]", '"join"', "{", "{}", '["join"]', "[" * 60_000,
        '{"a":' * 10_000, frame(type="join") * 2, frame(type="shout"), frame(type=None), frame(type=["join"]),
        frame(Type="join"), frame(type="JOIN"), frame(type="welcome"), frame(type="join", muted=1),
        frame(type="join", muted="true"), frame(type="join", session=5), frame(type="join", session="s" * 65),
        frame(type="join", admin=True), frame(type="restart", now=True), frame(type="leave", user=3),
        frame(type="answer"), frame(type="answer", number=1), frame(type="answer", sdp="v=0"),
        frame(**ANSWER | {"number": "1"}), frame(**ANSWER | {"number": 1.0}), frame(**ANSWER | {"number": True}),
        frame(**ANSWER | {"number": -1}), frame(**ANSWER | {"number": 2**31}), frame(**ANSWER | {"number": None}),
        frame(**ANSWER | {"sdp": None}), frame(**ANSWER | {"sdp": ["v=0"]}), frame(**ANSWER | {"sdp": "v" * 70_000}),
        frame(**ANSWER | {"sdp": "\ud800"}), frame(**ANSWER | {"user": 3}),
        frame(**CANDIDATE | {"mid": "0" * 17}), frame(**CANDIDATE | {"mid": 0}),
        frame(**CANDIDATE | {"candidate": "c" * 1001}), frame(type="candidate", number=1, mid="0"),
        frame(type="state", muted=0), frame(type="state", server_muted=False), frame(type="state", user=3, muted=True),
        frame(type="watch"), frame(type="watch", wishes={}), frame(type="watch", wishes=[SCREEN] * 65),
        frame(type="watch", wishes=[3]), frame(type="watch", wishes=[SCREEN | {"source": "microphone"}]),
        frame(type="watch", wishes=[SCREEN | {"source": "window"}]),
        frame(type="watch", wishes=[SCREEN | {"user": "3"}]),
        frame(type="watch", wishes=[SCREEN | {"user": 2**63}]), frame(type="watch", wishes=[SCREEN | {"size": 1}]),
        frame(type="watch", wishes=[{"source": "screen"}]), frame(type="watch", wishes=[{"user": 3}]),
        frame(**CAPTION | {"text": "x" * 501}), frame(**CAPTION | {"text": 5}), frame(**CAPTION | {"user": 3}),
        frame(**CAPTION | {"text": "\udfff"}),
    ],
    ids=lambda sent: sent[:40],
)  # fmt: skip
def test_anything_else_is_not_understood(sent: str) -> None:
    with pytest.raises(NotUnderstood):
        parse(sent)


def test_a_frame_of_64_kib_is_read_and_no_longer_one() -> None:
    sdp = "v" * (protocol.LARGEST_FRAME - len(frame(**ANSWER | {"sdp": ""})))
    assert parse(frame(**ANSWER | {"sdp": sdp})) == protocol.Answer(1, sdp)
    with pytest.raises(NotUnderstood):
        parse(frame(**ANSWER | {"sdp": sdp + "v"}))


PERSON = protocol.Person.of(
    Participant(
        session="a1", channel=7, user=11, username="mallory", name="</script><b>Mallory</b> \u2028 Мэллори", since=1,
        is_muted=True, is_server_deafened=True, is_streaming_screen=True,
    )
)  # fmt: skip


def test_a_line_is_one_line_and_never_markup() -> None:
    """The hub joins lines, and puts its own markup between them."""
    for line in (
        protocol.person_line(PERSON),
        protocol.line(protocol.People(people=[PERSON])),
        protocol.line(protocol.Caption(user=3, text="a\nb\r\n<c>", final=True)),
    ):
        assert line.endswith("\n")
        assert line.count("\n") == 1
        assert "<" not in line
    assert json.loads(protocol.person_line(PERSON))["name"] == PERSON.name


def test_a_person_is_told_as_documented() -> None:
    assert json.loads(protocol.person_line(PERSON)) == {
        "type": "person", "user": 11, "username": "mallory", "name": PERSON.name, "colour": 3, "muted": True,
        "deafened": False, "server_muted": False, "server_deafened": True, "camera": False, "screen": True,
        "priority": False,
    }  # fmt: skip


def test_lanes_are_told_as_documented() -> None:
    lanes = [Lane("4", 3, Source.CAMERA, paused=True), Lane("5", None, None)]
    assert json.loads(protocol.line(protocol.Lanes(lanes=lanes))) == {
        "type": "lanes",
        "lanes": [
            {"mid": "4", "user": 3, "source": "camera", "paused": True},
            {"mid": "5", "user": None, "source": None, "paused": False},
        ],
    }


class TestDocumentation:
    """docs/voice-protocol.md is what other clients are written by."""

    @pytest.fixture
    def page(self) -> str:
        return Path(ROOT / "docs" / "voice-protocol.md").read_text()

    def row(self, page: str, kind: str) -> str:
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{kind}` ")]
        return row

    @pytest.mark.parametrize("message", protocol.ServerMessage.__subclasses__(), ids=lambda message: message.type)
    def test_every_message_and_field_of_the_servers_is_in_it(self, page: str, message: type) -> None:
        row = self.row(page.partition("## From the server")[2], message.type)
        for field in fields(message):
            assert f"`{field.name}`" in row

    def test_so_is_every_field_of_a_person(self, page: str) -> None:
        for field in fields(protocol.Person):
            assert field.name in page.partition("A *person* is")[2].partition("\n\n")[0]

    def test_so_is_every_message_that_is_understood(self, page: str) -> None:
        for kind in protocol._READERS:
            self.row(page.partition("## From the client")[2].partition("## From the server")[0], kind)

    def test_so_are_all_reasons_and_problems(self, page: str) -> None:
        for reason in Reason:
            assert f"`{reason}`" in self.row(page, "ended")
        for problem in Problem:
            assert f"`{problem}`" in self.row(page, "error")
