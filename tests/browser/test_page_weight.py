"""A page of the conversation weighs what the budget allows: 50 messages, first load, as compressed on the wire."""

from playwright.sync_api import expect

from tests.browser.talking import People, join, message, new_room, say

KILOBYTE = 1000


def test_the_channel_page_keeps_its_budget(person: People, visitor: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice, "Weighed")
    join(bob, channel)
    for number in range(25):
        say(alice, channel, f"So, number {number}: who brings the healing potions to the raid on Thursday evening?")
        say(bob, channel, f"I have **{number * 7}** of them, and https://example.com/maps/{number} shows the way in.")

    weights: dict[str, int] = {}
    page = bob.new_tab("/rooms/lobby/general/")
    session = bob.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))

    def finished(event: dict) -> None:
        kind = kinds.get(event["requestId"], "Other")
        weights[kind] = weights.get(kind, 0) + int(event["encodedDataLength"])
        counted.append(kind)

    counted: list[str] = []
    session.on("Network.loadingFinished", finished)
    page.goto(bob.url + channel)
    expect(message(page, "number 24:")).to_be_visible()
    expect(page.locator("body[data-live=open]")).to_be_attached()
    page.wait_for_load_state("networkidle")

    assert page.locator("#messages .message").count() == 50
    assert weights["Document"] <= 12 * KILOBYTE, weights
    assert weights["Stylesheet"] <= 12 * KILOBYTE, weights
    assert weights["Script"] <= 24 * KILOBYTE, weights
    assert sum(weights.values()) <= 50 * KILOBYTE, weights
    assert len(counted) <= 10, counted
    assert page.locator("*").count() <= 2000
