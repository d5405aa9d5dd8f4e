"""What a line carries, and what of it each picture gets: rules alone, without a packet."""

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from voice.media.bandwidth import LONGEST_PATIENCE_SECONDS, Downlink, Need, Uplink, next_step, share_out
from voice.media.budget import Budget

CAMERA = Need((200, 300, 500))
LARGE = Need((200, 300, 500), large=True)


def test_a_line_of_which_nothing_bad_is_known_gets_everything() -> None:
    assert share_out(None, [CAMERA, LARGE]) == [2, 2]


def test_layers_go_before_pictures() -> None:
    assert share_out(1000, [CAMERA, CAMERA]) == [2, 2]
    assert share_out(800, [CAMERA, CAMERA]) == [2, 1]
    assert share_out(600, [CAMERA, CAMERA]) == [1, 1]
    assert share_out(400, [CAMERA, CAMERA]) == [0, 0]
    assert share_out(300, [CAMERA, CAMERA]) == [1, None]
    assert share_out(199, [CAMERA, CAMERA]) == [None, None]


def test_a_large_picture_is_the_last_to_lose_quality() -> None:
    assert share_out(700, [CAMERA, LARGE]) == [0, 2]
    assert share_out(200, [CAMERA, LARGE]) == [None, 0]


def test_a_picture_without_layers_is_all_or_nothing() -> None:
    whole = Need((500, 500, 500))
    assert share_out(499, [whole]) == [None]
    assert share_out(500, [whole]) == [2]


def test_the_next_step_is_the_smallest() -> None:
    assert next_step([0, None], [CAMERA, CAMERA]) == 300
    assert next_step([2, 2], [CAMERA, CAMERA]) is None


@given(
    st.floats(0, 3000),
    st.lists(st.builds(Need, st.lists(st.integers(0, 900), min_size=3, max_size=3).map(sorted), st.booleans())),
)
def test_no_more_is_shared_out_than_there_is(limit: float, needs: Sequence[Need]) -> None:
    layers = share_out(limit, needs)
    total = sum(need.rates[layer] for need, layer in zip(needs, layers, strict=True) if layer is not None)
    assert total <= limit
    step = next_step(layers, needs)
    assert step is None or step >= total
    assert share_out(sum(need.rates[-1] for need in needs), needs) == [2] * len(needs)


def test_loss_lowers_the_limit_and_a_good_while_raises_it() -> None:
    line = Downlink()
    line.judge(1_000_000, 0.05, 1.0)
    assert line.limit is None, "a packet lost now and then is no overrun line"
    line.judge(1_000_000, 0.2, 2.0)
    assert line.limit is not None and 600_000 < line.limit < 800_000
    line.try_more(900_000, 3.0)
    assert line.limit < 800_000, "too soon"
    line.try_more(900_000, 6.0)
    assert line.limit > 900_000
    line.try_more(None, 10.0)
    assert line.limit is None


def test_whoever_tries_too_much_waits_longer_before_the_next_time() -> None:
    line, now, trials = Downlink(), 0.0, []
    line.judge(1_000_000, 0.2, now)
    while len(trials) < 8:
        now += 1
        before = line.limit
        line.try_more(1_000_000, now)
        if line.limit != before:
            trials.append(now)
            line.judge(1_000_000, 0.2, now + 1)
    waits = [other - one for one, other in itertools.pairwise(trials)]
    assert waits == sorted(waits)
    assert waits[0] < 10 < LONGEST_PATIENCE_SECONDS <= waits[-1]


def test_an_estimate_counts_when_it_falls_below_what_is_sent() -> None:
    line = Downlink()
    line.judge(500_000, 0, 1.0, 100_000)
    line.judge(500_000, 0, 2.0, 110_000)
    assert line.limit is None, "it is low because little was sent, and rises"
    line.judge(500_000, 0, 3.0, 90_000)
    assert line.limit is not None and line.limit < 90_000
    line = Downlink()
    line.judge(500_000, 0, 1.0, 2_000_000)
    line.judge(500_000, 0, 2.0, 1_000_000)
    assert line.limit is None, "it still is more than is sent"


def test_a_sender_is_held_back_while_packets_get_lost_and_no_longer() -> None:
    line = Uplink()
    assert line.allow(1_000_000, 0, 0, 1.0) == 1_000_000
    less = line.allow(1_000_000, 600_000, 0.3, 2.0)
    assert 400_000 < less < 600_000
    assert line.allow(1_000_000, 500_000, 0.05, 3.0) == less
    now, allowed = 3.0, less
    while allowed < 1_000_000:
        now += 1
        allowed = line.allow(1_000_000, 500_000, 0, now)
    assert now < 30
    assert line.allow(300_000, 500_000, 0, now + 1) == 300_000


def test_a_budget_is_there_again_each_second() -> None:
    budget = Budget(2)
    assert [budget.take(1, 5.0) for _ in range(3)] == [True, True, False]
    assert not budget.take(1, 5.9)
    assert budget.take(1, 6.0)
    assert not budget.take(2, 6.5)
