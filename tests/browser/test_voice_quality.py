"""How the line is, in words: told from counts that a browser might give."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import ROOT

SOURCE = (ROOT / "static/js/voice/quality.js").read_text().replace("export function", "function")
MEASURE = f"""(reports) => {{
    {SOURCE}
    return reports.map((report) => measure(new Map(report.map((each, index) => [index, each]))));
}}"""


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def counted(came: int, missed: int = 0, sent: int = 0, lost: int = 0, **more: float) -> list[dict[str, Any]]:
    """What a browser counts: `more` is `delay` in seconds and `jitter` of a lane in seconds."""
    delay, jitter = more.get("delay", 0.04), more.get("jitter", 0.002)
    return [
        {"type": "inbound-rtp", "kind": "audio", "packetsReceived": came, "packetsLost": missed,
         "audioLevel": 0.5, "jitter": jitter},
        {"type": "outbound-rtp", "kind": "audio", "packetsSent": sent},
        {"type": "remote-inbound-rtp", "kind": "audio", "packetsLost": lost},
        {"type": "candidate-pair", "nominated": True, "bytesReceived": 5000, "currentRoundTripTime": delay},
        # Nominated, and not used.
        {"type": "candidate-pair", "nominated": True, "bytesReceived": 0, "currentRoundTripTime": 9},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reports", "levels"),
    [
        ([counted(100), counted(200)], ["good", "good"]),
        # What was lost long ago does not count; what is lost one way or the other does.
        ([counted(100, 50), counted(200, 50)], ["poor", "good"]),
        ([counted(100, sent=100), counted(200, sent=200, lost=20)], ["good", "poor"]),
        ([counted(1000, 40)], ["fair"]),
        # One of three while everybody is silent says nothing.
        ([counted(100), counted(102, 1)], ["good", "fair"]),
        ([counted(100, delay=0.3), counted(200, delay=0.6)], ["fair", "poor"]),
        ([counted(100, jitter=0.05), counted(200, jitter=0.2)], ["fair", "poor"]),
        # A fresh connection counts from nothing.
        ([counted(500, sent=500), counted(50, sent=50), counted(150, sent=150)], ["good", "good", "good"]),
    ],
)
def test_the_line_in_words(blank: Page, reports: list[Any], levels: list[str]) -> None:
    assert [each["level"] for each in blank.evaluate(MEASURE, reports)] == levels
