"""Who gets which lane: rules alone, without a packet."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from voice.media.lanes import HOLD_SECONDS, LOUDER, AudioSeats, Seats, VideoSeats
from voice.media.speaking import AUDIBLE_SECONDS, LOUD_PACKETS, PAUSE_SECONDS, TALKING, Voice


@dataclass
class Level:
    loudness: float = 40.0
    audible_until: float = 0.0


@dataclass(eq=False)
class Person:
    """Somebody in a call; talking until the end where not said otherwise."""

    name: str
    voice: Level = field(default_factory=lambda: Level(audible_until=1e9))
    has_priority: bool = False

    def __repr__(self) -> str:
        return self.name


def seated(count: int, *people: Person) -> AudioSeats[Person]:
    seats: AudioSeats[Person] = AudioSeats(count)
    for person in people:
        seat = seats.choose(person, 0.0)
        assert seat is not None
        seats.put(seat, person, 0.0)
    return seats


def test_everybody_has_a_lane_while_they_suffice() -> None:
    alice, bob = Person("alice"), Person("bob")
    seats = seated(3, alice, bob)
    assert seats.taken == [alice, bob, None]
    assert seats.find(bob) == 1
    assert seats.find(Person("bob")) is None


def test_whoever_leaves_last_is_overwritten_last() -> None:
    seats: Seats[str] = Seats(3)
    for seat, name in enumerate(("alice", "bob", "carol")):
        seats.put(seat, name, 1.0)
    seats.put(1, None, 2.0)
    seats.put(0, None, 3.0)
    assert seats.free() == 1


def test_of_those_who_are_silent_the_one_who_has_been_so_longest_goes() -> None:
    alice = Person("alice", Level(audible_until=5.0))
    bob = Person("bob", Level(audible_until=3.0))
    seats = seated(2, alice, bob)
    assert seats.choose(Person("carol"), 6.0) == 1


def test_whoever_talks_keeps_their_lane_from_whoever_is_not_much_louder() -> None:
    seats = seated(1, Person("alice", Level(30, 1e9)))
    assert seats.choose(Person("bob", Level(30 - LOUDER + 1, 1e9)), HOLD_SECONDS) is None
    assert seats.choose(Person("bob", Level(30 - LOUDER, 1e9)), HOLD_SECONDS) == 0


def test_a_lane_is_somebody_s_for_a_while_however_loud_another_is() -> None:
    seats = seated(1, Person("alice", Level(60, 1e9)))
    assert seats.choose(Person("bob", Level(0, 1e9)), HOLD_SECONDS / 2) is None


def test_the_quietest_of_those_who_talk_goes() -> None:
    seats = seated(3, Person("alice", Level(30, 1e9)), Person("bob", Level(50, 1e9)), Person("carol", Level(40, 1e9)))
    assert seats.choose(Person("dave", Level(20, 1e9)), HOLD_SECONDS) == 1


def test_a_priority_speaker_is_heard_at_once_and_keeps_their_lane() -> None:
    alice = Person("alice", Level(60, 1e9), has_priority=True)
    seats = seated(2, Person("bob", Level(10, 1e9)), alice)
    assert seats.choose(Person("carol", Level(0, 1e9), has_priority=True), 0.0) == 0
    seats.put(0, Person("carol", has_priority=True), 0.0)
    assert seats.choose(Person("dave", Level(0, 1e9)), 100.0) is None
    assert seats.choose(Person("eve", Level(0, 1e9), has_priority=True), 100.0) is None


def test_pictures_keep_their_lanes_whatever_the_order_of_wishes() -> None:
    seats: VideoSeats[str] = VideoSeats(2)
    alice, bob, carol = "alice", "bob", "carol"
    seats.arrange([alice, bob, carol], 1.0)
    assert seats.taken == [alice, bob]
    seats.arrange([carol, alice, bob], 2.0)
    assert seats.taken == [alice, carol]
    seats.arrange([], 3.0)
    assert seats.taken == [None, None]


@given(st.lists(st.lists(st.integers(0, 7), unique=True), max_size=20), st.integers(0, 4))
def test_pictures_are_on_one_lane_each_and_never_move(wishes: list[list[int]], count: int) -> None:
    people = [f"person {number}" for number in range(8)]
    seats: VideoSeats[str] = VideoSeats(count)
    for number, wanted in enumerate(wishes):
        before = list(seats.taken)
        names = [people[one] for one in wanted]
        seats.arrange(names, float(number))
        taken = [one for one in seats.taken if one is not None]
        assert sorted(taken) == sorted(names[:count])
        for seat, one in enumerate(before):
            if one in taken:
                assert seats.taken[seat] == one


# --- How loud somebody is --------------------------------------------------------------------------


def test_a_click_is_no_speech() -> None:
    voice = Voice()
    for _ in range(LOUD_PACKETS - 1):
        voice.hear(10, 1.0)
    assert voice.talking_until < 1.0
    voice.hear(100, 1.0)
    voice.hear(10, 1.0)
    assert voice.talking_until < 1.0
    for _ in range(LOUD_PACKETS):
        voice.hear(TALKING, 2.0)
    assert voice.talking_until == 2.0 + PAUSE_SECONDS


def test_whoever_whispers_is_heard_and_not_shown() -> None:
    voice = Voice()
    for _ in range(10):
        voice.hear(TALKING + 5, 1.0)
    assert voice.audible_until == 1.0 + AUDIBLE_SECONDS
    assert voice.talking_until < 1.0


def test_whoever_tells_no_level_counts_as_talking() -> None:
    voice = Voice()
    for _ in range(LOUD_PACKETS):
        voice.hear(None, 1.0)
    assert voice.talking_until > 1.0
    voice.hush()
    assert voice.talking_until < 1.0
