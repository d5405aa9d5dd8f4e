"""What a socket tells though nothing happens: by it a page notices a lost publication, and a line that has died."""

import pytest

from eclipse.hub import hub
from rooms import live, push
from rooms.models import Channel
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, Open

pytestmark = pytest.mark.services


@pytest.fixture(autouse=True)
def quick_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clockwork starts anew with this test's first socket, and runs quickly."""
    monkeypatch.setattr(live, "SEQ_EVERY", 0.05)
    monkeypatch.setattr(live, "_begun", set())
    monkeypatch.setattr(hub, "_periodic", [])


@pytest.mark.parametrize("name", ["carol", "guest"])
async def test_a_page_is_told_how_far_its_channel_is(stored: Harbour, visit: Open, name: str) -> None:
    page = await visit(getattr(stored, name, None), CHAT)
    # Changed without a word: the publication was lost.
    await Channel.objects.filter(pk=stored.general.pk).aupdate(seq=7)
    await page.hears(f'<hx-push event="channel_seq" channel="{stored.general.pk}" seq="7"></hx-push>')


async def test_a_page_is_told_of_its_own_channel_only(stored: Harbour, visit: Open) -> None:
    guest, carol = await visit(None, CHAT), await visit(stored.carol, "/ws/chat/vault/")
    await Channel.objects.filter(pk=stored.general.pk).aupdate(seq=7)
    await Channel.objects.filter(pk=stored.strongbox.pk).aupdate(seq=8)
    assert f'channel="{stored.strongbox.pk}"' not in await guest.hears('seq="7"')
    assert f'channel="{stored.general.pk}"' not in await carol.hears('seq="8"')


async def test_a_page_without_a_channel_hears_that_its_line_is_alive(stored: Harbour, visit: Open) -> None:
    page = await visit(stored.carol, "/ws/presence/")
    for _ in range(3):
        page.text = ""
        await page.hears(push.BEAT)
