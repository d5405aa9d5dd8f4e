"""What a walk meets besides pages: no answer, other sites, the browser's own ways, scripts; and what it leaves."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from tests.browser.calling import Caller, voice_room
from tests.browser.talking import People, box, message, say, wait_live
from tests.browser.walking import call_from, follow, go_to, is_at, is_in_call, is_loaded, new_channel


@pytest.fixture
def browser(browser_with_devices: Browser) -> Browser:
    return browser_with_devices


@pytest.fixture
def caller(person: People) -> Caller:
    """Anna in a call in a room of hers, which has the channels general and tea too."""
    anna = person("anna")
    voice = voice_room(anna)
    new_channel(anna, voice)
    return call_from(anna, voice)


def address_of(caller: Caller, name: str) -> str:
    """The address of a channel of the room."""
    return str(caller.page.locator("#channels").get_by_role("link", name=name, exact=True).get_attribute("href"))


def test_a_page_that_cannot_be_had_leaves_the_call_and_says_so(
    caller: Caller, assert_accessible: Callable[[Page], None]
) -> None:
    caller.person.allow("ERR_INTERNET_DISCONNECTED|status of (500|404)|WebSocket connection")
    page, context = caller.page, caller.person.context
    general = address_of(caller, "general")
    told = page.locator("#walk")
    go_to(page, "general")
    page.route("**/tea/", lambda route: route.abort("internetdisconnected"))
    page.locator("#channels").get_by_role("link", name="tea").click()
    expect(told).to_contain_text("The page could not be reached. You are still in the call.")
    expect(page).to_have_url(f"{caller.person.url}{general}")
    assert_accessible(page)
    page.unroute("**/tea/")
    told.get_by_role("link", name="Try again").click()
    is_at(page, "tea")
    expect(told).to_be_hidden()
    wait_live(page)

    # On the way back the browser has changed the address already; what is shown stays until there is something to show.
    page.route(f"**{general}", lambda route: route.fulfill(status=500, content_type="text/html", body="<p>broken</p>"))
    page.go_back()
    expect(told).to_contain_text("The server could not make this page.")
    is_at(page, "tea")
    page.unroute(f"**{general}")
    told.get_by_role("link", name="Try again").click()
    is_at(page, "general")
    wait_live(page)
    page.go_forward()
    is_at(page, "tea")

    # What was sent is not sent again for trying.
    follow(page, "/accounts/settings/")
    page.route("**/accounts/settings/", lambda route: route.abort("internetdisconnected"))
    page.get_by_role("button", name="Save").click()
    expect(told).to_contain_text("No answer came to what you sent")
    expect(told.get_by_role("link")).to_be_hidden()
    page.unroute("**/accounts/settings/")

    # A page that says that there is none is a page.
    follow(page, "/rooms/nowhere/")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert not context.pages[1:]
    is_in_call(caller)


def test_the_last_of_several_ways_is_gone(caller: Caller) -> None:
    """Whoever changes their mind before a page came is not taken there."""
    page = caller.page
    held: list[Route] = []
    page.route("**/tea/", lambda route: held.append(route))
    page.locator("#channels").get_by_role("link", name="tea").click()
    # It takes its time, and that is told.
    expect(page.locator("#walk")).to_contain_text("Opening the page…")
    go_to(page, "general")
    held[0].abort()
    expect(page.locator("#walk")).to_be_hidden()
    page.go_back()
    is_at(page, "voice")
    is_in_call(caller)


def test_what_is_no_page_opens_beside_the_call(caller: Caller) -> None:
    page, context = caller.page, caller.person.context
    general = address_of(caller, "general")
    say(caller.person, general, "https://example.com/map")
    context.route("https://example.com/**", lambda route: route.fulfill(body="a map"))
    go_to(page, "general")
    with page.expect_popup() as beside:
        page.get_by_role("link", name="example.com/map").click()
    expect(beside.value).to_have_url("https://example.com/map")
    with page.expect_popup() as beside:
        follow(page, "/api/schema/")
    beside.value.close()
    with context.expect_page() as beside:
        page.locator("#channels").get_by_role("link", name="tea").click(modifiers=["Control"])
    expect(beside.value).to_have_url(re.compile("/tea/$"))
    beside.value.close()
    # Nobody can know beforehand that this is a file.
    page.route("**/handout/", lambda route: route.fulfill(content_type="application/pdf", body="%PDF"))
    follow(page, "/handout/")
    link = page.get_by_role("link", name="Open in a new tab")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("href", f"{caller.person.url}/handout/")
    is_in_call(caller)


def test_what_ends_the_call_is_the_browsers_and_asks(caller: Caller) -> None:
    page = caller.page
    questions: list[str] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.locator(".me__summary").click()
    page.get_by_role("button", name="Log out").click()
    is_in_call(caller)
    assert questions == ["beforeunload"]
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()


def test_whoever_was_logged_out_meanwhile_is_shown_so_by_the_browser(caller: Caller) -> None:
    caller.page.once("dialog", lambda dialog: dialog.accept())
    caller.person.context.clear_cookies(name="sessionid")
    follow(caller.page, "/accounts/settings/")
    expect(caller.page).to_have_url(re.compile("/accounts/login/"))
    is_loaded(caller.page)


def test_scripts_leave_a_page_around_the_call(person: People) -> None:
    """A channel that is locked, or goes: its page is loaded anew, or another, and the call goes on."""
    anna, boris = person("anna"), person("boris")
    voice = voice_room(anna, boris)
    tea = new_channel(anna, voice)
    room = tea.removesuffix("tea/")
    caller = call_from(boris, voice)
    page = caller.page
    go_to(page, "tea")
    number = page.locator("#messages").get_attribute("data-channel")

    # Somebody who was about to leave, and stayed.
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.locator(".me__summary").click()
    page.get_by_role("button", name="Log out").click()
    anna.post(f"{tea}lock/", reason="")
    expect(box(page)).to_have_count(0)
    wait_live(page)
    is_in_call(caller)
    # Whoever is just muting themselves meanwhile stays at the button.
    page.get_by_role("region", name="Current call").get_by_role("button", name="Mute").click()
    anna.post(f"{tea}unlock/", reason="")
    expect(box(page)).to_have_count(1)
    expect(page.get_by_role("region", name="Current call").get_by_role("button", name="Mute")).to_be_focused()

    anna.post(f"{room}settings/channels/{number}/delete/", confirm="tea", reason="")
    expect(page).to_have_url(f"{boris.url}{room}general/")
    wait_live(page)
    is_in_call(caller)
    # Nothing leads back to what is gone.
    page.go_back()
    is_at(page, "voice")
    is_in_call(caller)


def test_a_pages_own_script_comes_with_it_each_time(caller: Caller) -> None:
    page = caller.page
    general = address_of(caller, "general")
    both = re.compile("^(tea|general)$")
    for order in (["tea", "general"], ["general", "tea"]):
        follow(page, f"{general.removesuffix('general/')}settings/channels/")
        expect(page.locator("[draggable=true]", has_text="tea")).to_be_visible()
        moved, before = (page.locator("[data-channel]", has_text=name) for name in order)
        with page.expect_response("**/order/"):
            moved.drag_to(before, target_position={"x": 60, "y": 3})
        expect(page.locator(".order__name", has_text=both)).to_have_text(order)
        follow(page, general)
        expect(page.locator("#channels .channel-link__name", has_text=both)).to_have_text(order)
        is_in_call(caller)


def test_what_somebody_smuggled_into_a_page_does_not_run_for_being_walked_to(caller: Caller) -> None:
    """The answer's nonce alone makes a script, as it does where the browser loads the page."""
    caller.person.allow("Content Security Policy|status of 404")
    page = caller.page
    nonce = page.evaluate("document.querySelector('script[nonce]').nonce")
    head = f"""
        <script data-page type="module" src="/static/smuggled.js"></script>
        <script data-page type="module" nonce="guessed" src="/static/smuggled.js"></script>
        <script data-page type="module" nonce="{nonce}" src="/static/smuggled.js"></script>
        </head>"""
    body = """<img src="/nothing.png" onerror="window.caught = true"><script>window.caught = true</script><main"""

    def smuggle(route: Route) -> None:
        answer = route.fetch()
        text = answer.text().replace("</head>", head).replace("<main", body)
        route.fulfill(response=answer, body=text)

    page.route("**/tea/", smuggle)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    go_to(page, "tea")
    assert not page.evaluate("Boolean(window.caught)")
    assert [address for address in asked if "nothing.png" in address], "the page is the one with what was smuggled"
    assert not [address for address in asked if "smuggled" in address]
    is_in_call(caller)


def test_what_was_posted_on_the_way_arrives_and_troubles_no_other_page(caller: Caller) -> None:
    page = caller.page
    general, tea = address_of(caller, "general"), address_of(caller, "tea")
    say(caller.person, general, *(f"so that it counts further than tea: {number}" for number in range(3)))
    go_to(page, "general")
    held: list[Route] = []
    page.route(f"**{general}messages/", lambda route: held.append(route))
    box(page).fill("written while leaving")
    box(page).press("Enter")
    expect(box(page)).to_have_value("")
    go_to(page, "tea")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/changes/" in request.url else None)
    with page.expect_response(f"**{general}messages/"):
        held[0].continue_()
    say(caller.person, tea, "first", "second")
    expect(message(page, "second")).to_have_count(1)
    # Longer than a gap is borne.
    page.wait_for_timeout(1500)
    assert asked == []
    go_to(page, "general")
    expect(message(page, "written while leaving")).to_have_count(1)


def test_what_a_page_asked_for_ends_with_it(caller: Caller) -> None:
    """As the browser would end it: an answer that comes later, be it a refusal, is no other page's."""
    page = caller.page
    say(caller.person, address_of(caller, "general"), "one")
    go_to(page, "general")
    page.route("**/menu/", lambda route: None)
    message(page, "one").hover()
    with page.expect_request("**/menu/"):
        message(page, "one").locator(".message__actions").click()
    with page.expect_event("requestfailed", lambda request: "/menu/" in request.url):
        go_to(page, "tea")
    expect(page.locator("#connection")).to_be_empty()


def measure(page: Page) -> dict[str, float]:
    """What the page holds once everything is gone that nobody holds."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return {name: metrics[name] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners", "Documents")}


def test_nothing_grows_however_far_one_walks(caller: Caller) -> None:
    page = caller.page
    say(caller.person, address_of(caller, "general"), *(f"message {number}" for number in range(30)))

    def walk(times: int) -> dict[str, float]:
        for _ in range(times):
            go_to(page, "tea")
            go_to(page, "general")
        return measure(page)

    before, after = walk(5), walk(20)
    assert after["Nodes"] <= before["Nodes"] + 100, (before, after)
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5, (before, after)
    assert after["Documents"] <= before["Documents"] + 1, (before, after)
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 300_000, (before, after)
    is_in_call(caller)
