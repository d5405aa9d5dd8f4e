"""Open pages follow a room's channels: made, moved, named anew, hidden and deleted by its creator."""

from playwright.sync_api import Page, expect

from tests.browser.talking import People, join, new_room, open_live, wait_live


def make_channel(page: Page, settings: str, name: str, audience: str = "everyone") -> None:
    page.goto(f"{settings}channels/new/")
    page.get_by_label("Name").fill(name)
    page.locator(f"[name=audience][value={audience}]").check()
    page.get_by_role("button", name="Create the channel").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def test_columns_follow_and_a_deleted_channels_page_leads_to_the_room(person: People) -> None:
    alice, bob = person("alice"), person("bob")
    channel = new_room(alice, "Followed")
    join(bob, channel)
    reading = open_live(bob, channel)
    room = channel.removesuffix("general/")
    settings = f"{alice.url}{room}settings/"
    page = alice.open(f"{room}settings/channels/")

    make_channel(page, settings, "tea")
    make_channel(page, settings, "bridge", "moderators")
    make_channel(page, settings, "cake")
    # The channels for text; the room's voice channel stands under a heading of its own.
    column = reading.locator("#channels .channels__list > li:not(:has(.roster)) .channel-link__name")
    expect(column).to_have_text(["general", "tea", "cake"])

    # By keyboard: the button keeps the focus, so that it can be pressed again.
    page.get_by_role("button", name="Move cake up").press("Enter")
    page.wait_for_url("**moved=up-**")
    expect(page.get_by_role("button", name="Move cake up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(column).to_have_text(["general", "cake", "tea"])

    # By mouse.
    tea, general = (page.locator("[data-channel]", has_text=name) for name in ("tea", "general"))
    tea.drag_to(general, target_position={"x": 60, "y": 3})
    expect(column).to_have_text(["tea", "general", "cake"])
    # Over the others and away: let go where there is no place for it, it stands where it stood.
    tea.hover()
    page.mouse.down()
    page.locator("[data-channel]", has_text="cake").hover()
    page.get_by_role("heading", name="Channels", level=1).hover()
    expect(page.locator(".order__item--dragged")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".order__item--dragged")).to_have_count(0)
    expect(page.locator(".order__name")).to_have_text(["tea", "general", "voice", "cake", "bridge"])

    reading.goto(f"{bob.url}{room}tea/")
    wait_live(reading)
    page.goto(f"{settings}channels/")
    page.get_by_role("link", name="tea", exact=True).click()
    page.get_by_label("Topic").fill("Milk and sugar")
    page.get_by_role("button", name="Save").click()
    expect(reading.locator(".conversation__subject")).to_have_text("Milk and sugar")
    page.get_by_role("link", name="tea", exact=True).click()
    page.get_by_role("link", name="Delete the channel").click()
    page.get_by_label("to confirm").fill("tea")
    page.get_by_role("button", name="Delete the channel").click()
    reading.wait_for_url(f"**{channel}")
    expect(column).to_have_text(["general", "cake"])
