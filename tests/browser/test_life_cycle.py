"""What belongs to a page comes with it and leaves with it, though the document stays (a call is kept in it)."""

from collections import Counter

from playwright.sync_api import Page, expect

from tests.browser.talking import People, box, join, message, new_room, open_live, say, write


def listeners(page: Page) -> Counter[str]:
    """How many listeners of each event the page has on its document, window and body."""
    session = page.context.new_cdp_session(page)
    found: Counter[str] = Counter()
    for name in ("document", "window", "document.body"):
        thing = session.send("Runtime.evaluate", {"expression": name})["result"]["objectId"]
        for listener in session.send("DOMDebugger.getEventListeners", {"objectId": thing})["listeners"]:
            found[f"{name} {listener['type']}"] += 1
    session.detach()
    return found


def test_a_page_that_is_left_leaves_nothing_behind_and_comes_again_as_it_was(person: People) -> None:
    """What each behaviour listens to ends with its page; none is there twice, however often pages come and go."""
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice)
    join(bob, channel)
    page = open_live(alice, channel)
    before = listeners(page)
    assert before["document keydown"] >= 3, "panels, the composer and the keys of the page"

    page.evaluate("document.dispatchEvent(new CustomEvent('page:left'))")
    left = listeners(page)
    assert left["document keydown"] == left["document message:shown"] == left["window popstate"] == 0
    page.keyboard.press("Control+k")
    expect(page.locator("#switcher")).not_to_be_visible()
    say(bob, channel, "heard by nobody")
    page.evaluate("document.dispatchEvent(new CustomEvent('page:came'))")

    for _ in range(3):
        page.evaluate("document.dispatchEvent(new CustomEvent('page:left'))")
        page.evaluate("document.dispatchEvent(new CustomEvent('page:came'))")
    assert listeners(page) == before
    say(bob, channel, "heard by alice")
    expect(message(page, "heard by alice")).to_have_count(1)
    # The gap was noticed, too: what came while nobody listened is asked for.
    expect(page.locator("#messages .message__body")).to_have_text(["heard by nobody", "heard by alice"])
    expect(page.get_by_role("log").locator("p")).to_have_count(2)
    write(page, "once")
    expect(message(page, "once")).to_have_count(1)
    box(page).focus()
    page.keyboard.press("F6")
    expect(page.locator("#messages .message:focus")).to_have_count(1)
