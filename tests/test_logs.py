"""What the log says, and what it leaves out."""

import logging

import pytest


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock, in seconds, which only the test moves."""
    clock = [0.0]
    monkeypatch.setattr("eclipse.logs.monotonic", lambda: clock[0])
    return clock


def test_an_outage_of_redis_is_a_line_a_minute_not_a_traceback_a_second(
    at_noon: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    layer = logging.getLogger("channels_redis.pubsub")
    for _ in range(61):
        try:
            raise ConnectionError("Error 111 connecting to 127.0.0.1:6379.")
        except ConnectionError:
            layer.exception("Unexpected exception in receive task")
        at_noon[0] += 1
    line = "Unexpected exception in receive task (ConnectionError: Error 111 connecting to 127.0.0.1:6379.)"
    assert [record.getMessage() for record in caplog.records] == [line, line]
    assert "Traceback" not in caplog.text


def test_something_else_is_said_at_once(at_noon: list[float], caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("rooms.presence").warning("Redis cannot be reached: who is here is not known")
    for name in ("messages", "edits"):
        logging.getLogger("eclipse.ratelimit").warning(
            "Redis cannot be reached: the limit %s is counted in this process", name
        )
    assert [record.getMessage() for record in caplog.records] == [
        "Redis cannot be reached: who is here is not known",
        "Redis cannot be reached: the limit messages is counted in this process",
    ]


def test_what_happens_for_another_reason_is_told_whole(at_noon: list[float], caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        try:
            raise ValueError("a mistake of ours")
        except ValueError:
            logging.getLogger("eclipse.hub").exception("Evicting a socket failed")
    assert caplog.text.count("Traceback") == 2
