"""A browser's decoder takes what a lane carries for one series, whatever was left out of it."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.conftest import BROWSERS, CHROMIUM_OPTIONS
from tests.voice.media.conftest import Table
from tests.voice.waiting import SECONDS
from voice.engine import Connected, Source, Wish

VOICE_OPTIONS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]
# As docs/voice-protocol.md says.
ANSWER = """
async ([offer, films]) => {
  const connection = window.connection = new RTCPeerConnection();
  connection.ontrack = ({track}) => {
    const element = document.createElement(track.kind);
    element.srcObject = new MediaStream([track]);
    element.autoplay = true;
    document.body.append(element);
  };
  await connection.setRemoteDescription({type: "offer", sdp: offer});
  const sections = Object.fromEntries(connection.getTransceivers().map((one) => [one.mid, one]));
  for (const mid of "0123") sections[mid].direction = "sendonly";
  const media = await navigator.mediaDevices.getUserMedia({audio: true, video: films});
  await sections[0].sender.replaceTrack(media.getAudioTracks()[0]);
  if (films) {
    const {sender} = sections[1];
    const parameters = sender.getParameters();
    parameters.encodings[0].scalabilityMode = "L1T3";
    parameters.encodings[0].maxBitrate = 500_000;
    await sender.setParameters(parameters);
    await sender.replaceTrack(media.getVideoTracks()[0]);
  }
  await connection.setLocalDescription();
  return connection.localDescription.sdp;
}
"""
INBOUND = """
async (kind) => {
  const all = [...(await connection.getStats()).values()];
  return all.find((one) => one.type === "inbound-rtp" && one.kind === kind && one.packetsReceived) ?? {};
}
"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("Chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=CHROMIUM_OPTIONS + VOICE_OPTIONS)
        yield browser
        await browser.close()


async def sit(table: Table, browser: Browser, name: str, *, films: bool) -> Page:
    """Somebody joins with a browser."""
    page = await browser.new_page()
    # Devices are for secure pages alone, such as this machine's own.
    await page.route("**/*", lambda route: route.fulfill(body="<!doctype html><title>Call</title>"))
    await page.goto("http://127.0.0.1:9/")
    offer = await table.offer(name)
    answer = await page.evaluate(ANSWER, [offer.sdp, films])
    await table.engine.answer(session=name, number=offer.number, sdp=answer)
    await table.until(lambda: Connected(name) in table.events)
    return page


async def inbound(page: Page, kind: str) -> Counter[str]:
    """What the browser says of all that it received of one kind."""
    found = await page.evaluate(INBOUND, kind)
    return Counter({name: value for name, value in found.items() if isinstance(value, int | float)})


async def decoded(page: Page, more: int) -> Counter[str]:
    """Wait for so many more pictures; what the browser says of them all."""
    wanted = (await inbound(page, "video"))["framesDecoded"] + more
    async with asyncio.timeout(SECONDS):
        while (now := await inbound(page, "video"))["framesDecoded"] < wanted:
            await page.wait_for_timeout(50)
    return now


async def test_chromium_decodes_each_layer_and_goes_on_after_a_pause(table: Table, browser: Browser) -> None:
    await sit(table, browser, "alice", films=True)
    bob = await sit(table, browser, "bob", films=False)
    await table.engine.watch(session="bob", wishes=[Wish(table.users["alice"], Source.CAMERA)])
    peer = table.member("bob").peer
    assert peer is not None
    lane = peer.video[0]

    await decoded(bob, 20)
    for layer in (1, 0, 2):
        lane.want(layer)
        fewer = await decoded(bob, 8)
        assert fewer["pliCount"] == fewer["nackCount"] == 0, "nothing was missed"
    whole = await inbound(bob, "video")
    lane.want(None)
    await table.until(lambda: lane.paused)
    lane.want(2)
    again = await decoded(bob, 20)
    assert again["keyFramesDecoded"] > whole["keyFramesDecoded"]
    assert again["packetsLost"] == 0

    sound = await inbound(bob, "audio")
    assert sound["packetsLost"] == 0
    assert sound["totalAudioEnergy"] > 0
