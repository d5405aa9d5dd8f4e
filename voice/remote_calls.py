"""What signalling and a media worker say to each other, as JSON: the methods, events and errors of voice/engine.py."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from voice.engine import (
    Allowance,
    BadAnswer,
    CallLimits,
    Connected,
    Ended,
    EngineBusy,
    EngineError,
    Event,
    Lane,
    LanesChanged,
    Lost,
    Offer,
    Source,
    SpeakingChanged,
    UnknownSession,
    VoiceEngine,
    Wish,
)

Fields = dict[str, Any]

ERRORS: Mapping[str, type[EngineError]] = {
    error.__name__: error for error in (BadAnswer, UnknownSession, EngineBusy, EngineError)
}


def written(arguments: Fields) -> Fields:
    """A method's arguments as JSON can hold them."""
    return {name: _plain(value) for name, value in arguments.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Allowance | CallLimits | Wish):
        return asdict(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


async def call(engine: VoiceEngine, method: str, arguments: Fields) -> Fields:
    """Have `engine` do what was asked from afar; its answer as JSON can hold it."""
    match method, arguments:
        case "join", {"allowance": allowance, "limits": limits, **who}:
            offer = await engine.join(allowance=Allowance(**allowance), limits=CallLimits(**limits), **who)
            return asdict(offer)
        case "answer", _:
            await engine.answer(**arguments)
        case "add_candidate", _:
            await engine.add_candidate(**arguments)
        case "watch", {"session": session, "wishes": wishes}:
            wanted = [Wish(each["user"], Source(each["source"]), each["large"]) for each in wishes]
            await engine.watch(session=session, wishes=wanted)
        case "mute", {"session": session, "allowance": allowance}:
            await engine.mute(session=session, allowance=Allowance(**allowance))
        case "limit", {"channel": channel, "limits": limits}:
            await engine.limit(channel=channel, limits=CallLimits(**limits))
        case "kick", _:
            await engine.kick(**arguments)
        case "leave", _:
            await engine.leave(**arguments)
        case _:
            raise EngineError(f"no method {method!r}")
    return {}


def offer_of(answer: Fields) -> Offer:
    return Offer(answer["number"], answer["sdp"])


def written_event(event: Event) -> Fields:
    """An event as JSON can hold it."""
    match event:
        case SpeakingChanged():
            return {"event": "speaking", "channel": event.channel, "users": sorted(event.users)}
        case LanesChanged():
            return {"event": "lanes", "session": event.session, "lanes": [asdict(lane) for lane in event.lanes]}
        case Connected():
            return {"event": "connected", "session": event.session}
        case Ended():
            return {"event": "ended", "session": event.session, "reason": event.reason}
        case Lost():
            return {"event": "lost", "session": event.session}


def event_of(fields: Fields) -> Event:
    match fields:
        case {"event": "speaking", "channel": channel, "users": users}:
            return SpeakingChanged(channel, frozenset(users))
        case {"event": "lanes", "session": session, "lanes": lanes}:
            return LanesChanged(session, [_lane(lane) for lane in lanes])
        case {"event": "connected", "session": session}:
            return Connected(session)
        case {"event": "ended", "session": session, "reason": reason}:
            return Ended(session, reason)
        case {"event": "lost", "session": session}:
            return Lost(session)
    raise ValueError(f"no event: {fields!r:.100}")


def _lane(fields: Fields) -> Lane:
    source = fields["source"]
    return Lane(fields["mid"], fields["user"], Source(source) if source else None, fields["paused"])
