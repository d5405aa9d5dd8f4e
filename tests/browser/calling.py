"""What people in a call do again and again, and what a test can see of the media that flows."""

import json
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.browser.conftest import WAIT_MILLISECONDS, Person
from tests.browser.talking import new_room

# Keeps what the page makes of connections, sound and devices where a test can look at it.
WITNESS = """
    window.witness = { connections: [], sounds: [], streams: [], locks: [] };
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...options) { super(...options); witness.connections.push(this); }
    };
    window.Audio = class extends Audio {
        constructor(...options) { super(...options); witness.sounds.push(this); }
    };
    if (navigator.wakeLock) {
        WakeLock.prototype.request = async (kind) => {
            witness.locks.push(kind);
            return { released: false, release: async () => {} };
        };
    }
    // An empty page has none.
    if (navigator.mediaDevices) {
        const { getUserMedia } = MediaDevices.prototype;
        MediaDevices.prototype.getUserMedia = async function (wishes) {
            const stream = await getUserMedia.call(this, wishes);
            witness.streams.push(stream);
            return stream;
        };
    }
"""
REFUSED = """
    MediaDevices.prototype.getUserMedia = async () => { throw new DOMException("", "NotAllowedError"); };
"""
# A microphone that cannot be had, for the reason that the page's sessionStorage holds.
TROUBLED = """
    MediaDevices.prototype.getUserMedia = async () => { throw new DOMException("", sessionStorage.trouble); };
"""
STATISTICS = """
    async () => {
        const line = witness.connections.filter((each) => each.connectionState === "connected").at(-1);
        return line ? [...(await line.getStats()).values()].filter((each) => each.type.endsWith("bound-rtp")) : [];
    }
"""


class Caller:
    """Somebody on a voice channel's page."""

    def __init__(self, person: Person, channel: str, *, script: str = "") -> None:
        self.person = person
        self.username = person.username
        self.lanes: list[dict[str, Any]] = []
        person.context.add_init_script(WITNESS + script)
        self.look(person.page)
        self.page.goto(person.url + channel)

    def look(self, page: Page) -> None:
        """Go on with this page of the same person."""
        self.page = page
        page.on("websocket", self._on_socket)

    def _on_socket(self, socket: WebSocket) -> None:
        if "/ws/voice/" in socket.url:
            socket.on("framereceived", self._on_frame)

    def _on_frame(self, frame: str | bytes) -> None:
        for line in str(frame).splitlines():
            message = json.loads(line)
            if message["type"] == "lanes":
                self.lanes = message["lanes"]

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        self.button(name).click()

    def join(self) -> "Caller":
        self.button("Join voice").click()
        self.is_connected()
        return self

    def is_connected(self) -> None:
        expect(self.page.locator("[data-line=good], [data-line=fair]").first).to_be_attached()

    def tile(self, other: "Caller") -> Locator:
        return self.page.locator("#stage .tile").filter(has_text=other.username).filter(has_not_text="Screen:")

    def screen_of(self, other: "Caller") -> Locator:
        return self.page.locator(".tile").filter(has_text=f"Screen: {other.username}")

    # --- Media --------------------------------------------------------------------------------------

    def statistics(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(STATISTICS)
        return found

    def received(self, other: "Caller", source: str) -> dict[str, Any]:
        """What the browser counts of the lane that this person is on; empty while they are on none."""
        number = self.number_of(other)
        mids = {lane["mid"] for lane in self.lanes if lane["user"] == number and lane["source"] == source}
        inbound = (each for each in self.statistics() if each["type"] == "inbound-rtp" and each["mid"] in mids)
        return next(inbound, {})

    def number_of(self, other: "Caller") -> int:
        return int(other.page.locator("body").get_attribute("data-user") or 0)

    def energy_of(self, other: "Caller") -> float:
        return float(self.received(other, "microphone").get("totalAudioEnergy", 0))

    def hears(self, other: "Caller") -> None:
        before = self.energy_of(other)
        wait_until(lambda: self.energy_of(other) > before + 0.05, f"{self.username} hears {other.username}")

    def hears_screen_of(self, other: "Caller") -> None:
        wait_until(
            lambda: self.received(other, "screen_sound").get("packetsReceived", 0) > 0,
            f"{self.username} hears the screen of {other.username}",
        )

    def sees(self, other: "Caller", source: str) -> None:
        def frames() -> int:
            return int(self.received(other, source).get("framesDecoded") or 0)

        before = frames()
        wait_until(lambda: frames() > before + 5, f"{self.username} sees the {source} of {other.username}")

    def hears_nothing_of(self, other: "Caller") -> None:
        """What was on its way has come, and nothing more while one of their beeps would have."""

        def is_silent() -> bool:
            before = self.energy_of(other)
            self.page.wait_for_timeout(1500)
            return self.energy_of(other) < before + 0.001

        wait_until(is_silent, f"silence of {other.username}")


def wait_until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_MILLISECONDS / 1000
    while not holds():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.1)


def voice_room(creator: Person, *members: Person) -> str:
    """A room of this person's with these members; its voice channel's address."""
    slug = new_room(creator, "Raid").split("/")[2]
    for member in members:
        member.post(f"/rooms/{slug}/join/")
    return f"/rooms/{slug}/voice/"
