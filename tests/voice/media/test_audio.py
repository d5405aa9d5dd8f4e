"""What one says, the others hear: bit for bit, and evenly numbered."""

from tests.voice.media.conftest import Table


async def test_others_hear_every_bit_of_what_one_says(table: Table) -> None:
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]

    said = [bytes([number]) * (40 + number) for number in range(50)]
    await alice.say(*said)

    for listener in (bob, carol):
        await listener.hears(*said)
        assert listener.payloads() == said
    assert not alice.heard
