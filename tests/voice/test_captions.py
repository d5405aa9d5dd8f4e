"""Captions: typed by whoever may, read by everybody in the call, and by the rules for what people write."""

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from eclipse import ratelimit
from rooms import actions
from rooms.models import Channel, Room
from tests.rooms.conftest import Harbour
from tests.voice.callers import Call, Caller


@pytest.fixture
async def carol(stored: Harbour, deck: Channel, call: Call) -> Caller:
    """In the call, and so is alice."""
    carol = await call(stored.carol, deck)
    await carol.joins()
    return carol


@pytest.fixture
async def alice(stored: Harbour, deck: Channel, call: Call) -> Caller:
    alice = await call(stored.alice, deck)
    await alice.joins()
    return alice


async def test_everybody_in_the_call_reads_along_while_carol_types(
    stored: Harbour, carol: Caller, alice: Caller
) -> None:
    await carol.asks("caption", text="Land", final=False)
    await carol.asks("caption", text="Land ahead  ", final=True)
    number = stored.carol.pk
    assert await alice.told("caption") == {"type": "caption", "user": number, "text": "Land", "final": False}
    assert await alice.told("caption") == {"type": "caption", "user": number, "text": "Land ahead", "final": True}
    assert (await carol.told("caption"))["text"] == "Land"


async def test_markup_is_text(carol: Caller, alice: Caller) -> None:
    await carol.asks("caption", text="<b>Land</b> & sea", final=True)
    assert (await alice.told("caption"))["text"] == "<b>Land</b> & sea"


async def test_a_line_is_taken_back_by_an_empty_one(carol: Caller, alice: Caller) -> None:
    await carol.asks("caption", text="Lnad", final=False)
    await carol.asks("caption", text=" ", final=False)
    assert (await alice.told("caption"))["text"] == "Lnad"
    assert (await alice.told("caption"))["text"] == ""


@pytest.mark.parametrize("text", ["\u202edna\u202c", "a\u200bb", "e" + "\u0301" * 9, "bell\x07"])
async def test_what_cannot_be_read_is_refused(carol: Caller, text: str) -> None:
    await carol.asks("caption", text=text, final=True)
    assert (await carol.told("error"))["code"] == "not_understood"
    assert "caption" not in carol.types()


async def test_what_is_too_long_is_refused(carol: Caller) -> None:
    await carol.asks("caption", text="x" * 501, final=True)
    assert (await carol.told("error"))["code"] == "not_understood"


async def test_the_rooms_word_filter_holds_in_the_middle_of_a_call(
    stored: Harbour, carol: Caller, alice: Caller
) -> None:
    filter_words = sync_to_async(actions.edit_word_filter)
    await filter_words(actor=stored.alice, room=stored.room, words="kraken")
    await carol.asks("caption", text="A KRÁKEN!", final=True)
    error = await carol.told("error")
    assert (error["code"], error["message"]) == ("filtered", "This room does not allow one of these words.")
    # Whoever edits the filter may quote it.
    await alice.asks("caption", text="Who said kraken?", final=True)
    assert (await carol.told("caption"))["text"] == "Who said kraken?"


async def test_whoever_is_muted_or_lacks_the_right_writes_none(stored: Harbour, carol: Caller, alice: Caller) -> None:
    await sync_to_async(actions.mute_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
    await carol.asks("caption", text="Help", final=True)
    assert (await carol.told("error"))["code"] == "not_allowed"
    await alice.asks("caption", text="Quiet", final=True)
    assert (await carol.told("caption"))["text"] == "Quiet"


async def test_a_flood_is_held_back(settings: Settings, carol: Caller) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "voice_captions": "2/60 second"}
    ratelimit.forget_all()
    for text in ("one", "two", "three"):
        await carol.asks("caption", text=text, final=True)
    assert (await carol.told("error"))["code"] == "too_fast"
    assert [message["text"] for message in carol.heard if message["type"] == "caption"] == ["one", "two"]


async def test_of_another_call_nothing_is_heard(stored: Harbour, carol: Caller, call: Call) -> None:
    vault = await Room.objects.aget(slug="vault")
    elsewhere = await Channel.objects.aget(room=vault, slug="voice")
    bob = await call(stored.bob, elsewhere)
    await bob.joins()
    await carol.asks("caption", text="Land", final=True)
    await carol.told("caption")
    await bob.asks("caption", text="Gold", final=True)
    assert (await bob.told("caption"))["text"] == "Gold"
    assert [message["text"] for message in carol.heard if message["type"] == "caption"] == ["Land"]
