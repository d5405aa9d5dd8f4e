"""Messages over REST: writing, reading in pages, changing, catching up."""

import uuid
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from eclipse import ratelimit
from rooms.models import Channel, Message, Room
from tests.rooms import api_people
from tests.rooms.api_people import People

people = api_people.people


HARBOUR = "chat/rooms/harbour/messages/"


def texts(page: dict[str, Any]) -> list[str]:
    return [message["body"] for message in page["results"]]


def pier_of(slug: str) -> Channel:
    """A second text channel of the room."""
    return Channel.objects.create(room=Room.objects.get(slug=slug), slug="pier", name="pier", position=5)


def test_bob_writes_and_a_guest_reads(people: People) -> None:
    client_id = str(uuid.uuid4())
    written = people.bob.say("harbour", "**Ahoy**, <script>alert(1)</script>", client_id=client_id)
    channel = Channel.objects.get(room__slug="harbour", slug="general")
    assert people.bob.user is not None
    assert written.pop("created_at").endswith("Z")
    message_id, html = written.pop("id"), written.pop("html")
    assert "<strong>Ahoy</strong>" in html
    assert "<script" not in html
    assert written == {
        "channel": channel.pk,
        "author": {"id": people.bob.user.pk, "username": "bob", "name": "bob"},
        "nickname": "",
        "body": "**Ahoy**, <script>alert(1)</script>",
        "edited_at": None,
        "deleted": False,
        "pinned": False,
        "reply_to": None,
        "client_id": client_id,
        "seq": 1,
    }
    page = people.guest.get(HARBOUR).json()
    assert (page["channel"], page["seq"], page["previous"], page["next"]) == (channel.pk, 1, None, None)
    assert [message["id"] for message in page["results"]] == [message_id]
    assert people.guest.get(f"{HARBOUR}{message_id}/").json() == page["results"][0]


def test_only_members_write(people: People) -> None:
    answer = people.guest.post(HARBOUR, {"body": "Let me in"})
    assert (answer.status_code, answer.json()) == (401, {"detail": "Log in first."})
    answer = people.mallory.post(HARBOUR, {"body": "Let me in"})
    assert (answer.status_code, answer.json()) == (403, {"detail": "You may not do this."})
    assert not Message.objects.exists()


def test_sending_again_answers_the_message_of_then(people: People) -> None:
    client_id = str(uuid.uuid4())
    first = people.bob.say("harbour", "Once", client_id=client_id)
    assert people.bob.say("harbour", "Once", client_id=client_id) == first
    assert people.alice.say("harbour", "Mine", client_id=client_id)["id"] != first["id"]
    assert Message.objects.count() == 2

    people.bob.patch(f"{HARBOUR}{first['id']}/", {"body": "Once and for all"})
    assert people.bob.say("harbour", "Once", client_id=client_id)["body"] == "Once and for all"


def test_one_client_id_for_two_messages_is_a_conflict(people: People) -> None:
    client_id = str(uuid.uuid4())
    people.bob.say("harbour", "One", client_id=client_id)
    pier = pier_of("harbour")
    for body in ({"body": "Another"}, {"body": "One", "channel": pier.pk}):
        answer = people.bob.post(HARBOUR, {**body, "client_id": client_id})
        assert answer.status_code == 409
        assert list(answer.json()) == ["detail"]
    assert Message.objects.count() == 1


def test_a_reply_names_a_message_of_the_same_channel(people: People) -> None:
    asked = people.alice.say("harbour", "Who is there?")
    assert people.bob.say("harbour", "Bob", reply_to=asked["id"])["reply_to"] == asked["id"]
    assert people.bob.say("harbour", "Just so", reply_to=None)["reply_to"] is None

    secret = people.alice.say("vault", "A secret")
    elsewhere = people.alice.say("harbour", "Elsewhere", channel=pier_of("harbour").pk)
    gone = people.alice.say("harbour", "Gone")
    people.alice.delete(f"{HARBOUR}{gone['id']}/")
    answers = [
        people.bob.post(HARBOUR, {"body": "To nobody", "reply_to": message_id})
        for message_id in (secret["id"], elsewhere["id"], gone["id"], 2**62)
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1
    assert list(answers[0].json()) == ["reply_to"]


def test_a_channel_is_named_by_its_id(people: People) -> None:
    pier = pier_of("harbour")
    assert people.bob.say("harbour", "Out here", channel=pier.pk)["channel"] == pier.pk
    assert texts(people.bob.get(HARBOUR, channel=pier.pk).json()) == ["Out here"]
    assert texts(people.bob.get(HARBOUR).json()) == []
    # An empty value stands for none: the form of the address in the documentation.
    assert texts(people.bob.get(f"{HARBOUR}?limit=&before=&channel=").json()) == []


def test_a_channel_of_another_room_is_unknown(people: People) -> None:
    vault = Channel.objects.get(room__slug="vault", slug="general")
    for caller in (people.alice, people.bob):
        assert caller.get(HARBOUR, channel=vault.pk).status_code == 404
        assert caller.get("chat/rooms/harbour/changes/", channel=vault.pk, after=0).status_code == 404
        assert caller.post(HARBOUR, {"body": "Over there", "channel": vault.pk}).status_code == 404
    assert not Message.objects.exists()


def test_a_message_of_another_room_is_unknown(people: People) -> None:
    secret = people.alice.say("vault", "A secret")
    path = f"{HARBOUR}{secret['id']}/"
    for caller in (people.alice, people.bob):
        answers = [caller.get(path), caller.patch(path, {"body": "Known"}), caller.delete(path)]
        answers.append(caller.post("chat/rooms/harbour/read/", {"message": secret["id"]}))
        assert {answer.status_code for answer in answers} == {404}
    assert Message.objects.get().body == "A secret"


def test_history_comes_in_pages_both_ways(people: People) -> None:
    ids = [people.alice.say("harbour", f"Wave {number}")["id"] for number in range(7)]
    page = people.guest.get(HARBOUR, limit=3).json()
    assert texts(page) == ["Wave 4", "Wave 5", "Wave 6"]
    assert page["next"] is None

    page = people.guest.get(page["previous"]).json()
    assert texts(page) == ["Wave 1", "Wave 2", "Wave 3"]
    oldest = people.guest.get(page["previous"]).json()
    assert texts(oldest) == ["Wave 0"]
    assert oldest["previous"] is None
    assert texts(people.guest.get(oldest["next"]).json()) == ["Wave 1", "Wave 2", "Wave 3"]

    around = people.guest.get(HARBOUR, limit=3, around=ids[3]).json()
    assert texts(around) == ["Wave 2", "Wave 3", "Wave 4"]
    assert texts(people.guest.get(around["next"]).json()) == ["Wave 5", "Wave 6"]
    assert texts(people.guest.get(around["previous"]).json()) == ["Wave 0", "Wave 1"]
    assert texts(people.guest.get(HARBOUR, limit=2, before=ids[2]).json()) == ["Wave 0", "Wave 1"]
    assert texts(people.guest.get(HARBOUR, limit=2, after=ids[2]).json()) == ["Wave 3", "Wave 4"]


def test_an_empty_page_tells_the_way_back(people: People) -> None:
    ids = [people.alice.say("harbour", f"Wave {number}")["id"] for number in range(2)]
    beyond = people.guest.get(HARBOUR, after=ids[-1]).json()
    assert (texts(beyond), beyond["next"]) == ([], None)
    assert texts(people.guest.get(beyond["previous"]).json()) == ["Wave 0", "Wave 1"]
    beyond = people.guest.get(HARBOUR, before=ids[0]).json()
    assert (texts(beyond), beyond["previous"]) == ([], None)
    assert texts(people.guest.get(beyond["next"]).json()) == ["Wave 0", "Wave 1"]
    far = people.guest.get(HARBOUR, after=2**63 - 1).json()
    assert texts(people.guest.get(far["previous"]).json()) == ["Wave 0", "Wave 1"]


def test_history_takes_no_more_queries_for_more_messages(
    people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first = people.alice.say("harbour", "First")
    # Session, person; channel with its room, membership, rights; messages with their authors.
    with django_assert_max_num_queries(7) as few:
        people.bob.get(HARBOUR)
    allowed = len(few)
    for number in range(30):
        people.bob.say("harbour", f"Wave {number}", reply_to=first["id"])
    with django_assert_max_num_queries(allowed):
        assert len(people.bob.get(HARBOUR).json()["results"]) == 31
    with django_assert_max_num_queries(allowed):
        assert len(people.bob.get("chat/rooms/harbour/changes/", after=0).json()["results"]) == 31


def test_writing_takes_few_queries(people: People, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    people.bob.say("harbour", "First")
    with django_assert_max_num_queries(14):
        people.bob.say("harbour", "Second")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": -1},
        {"limit": "ten"},
        {"before": 0},
        {"before": "x"},
        {"before": 2**63},
        {"before": "9" * 5000},
        {"after": -1},
        {"after": 1.5},
        {"around": "\x00"},
        {"channel": 2**63},
        {"channel": "general"},
    ],
)
def test_a_bad_question_is_refused_by_field(people: People, query: dict[str, object]) -> None:
    answer = people.guest.get(HARBOUR, **query)
    assert answer.status_code == 400
    assert list(answer.json()) == list(query)


def test_one_key_at_a_time(people: People) -> None:
    answer = people.guest.get(HARBOUR, before=5, after=1)
    assert (answer.status_code, answer.json()) == (400, {"detail": "Use one of before, after and around."})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"body": ""}, "body"),
        ({"body": " \n\u200b"}, "body"),
        ({"body": "x" * 4001}, "body"),
        ({"body": "a\x00b"}, "body"),
        ({"body": "half a pair: \ud83d"}, "body"),
        ({"body": None}, "body"),
        ({"body": 5}, "body"),
        ({"body": True}, "body"),
        ({"body": ["text"]}, "body"),
        ({"body": "x", "client_id": "not one"}, "client_id"),
        ({"body": "x", "client_id": 5}, "client_id"),
        ({"body": "x", "client_id": None}, "client_id"),
        ({"body": "x", "reply_to": "1"}, "reply_to"),
        ({"body": "x", "reply_to": True}, "reply_to"),
        ({"body": "x", "reply_to": 1.0}, "reply_to"),
        ({"body": "x", "reply_to": 2**63}, "reply_to"),
        ({"body": "x", "reply_to": 10**400}, "reply_to"),
        ({"body": "x", "channel": 0}, "channel"),
        ({"body": "x", "channel": {}}, "channel"),
    ],
)
def test_a_bad_message_is_refused_by_field(people: People, body: dict[str, Any], field: str) -> None:
    answer = people.bob.post(HARBOUR, body)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert not Message.objects.exists()


def test_a_message_too_long_is_told_by_how_much(people: People) -> None:
    answer = people.bob.post(HARBOUR, {"body": "x" * 4003})
    assert "3 characters too long" in answer.json()["body"][0]
    assert people.bob.post(HARBOUR, {"body": "\U0001f980" * 4000}).status_code == 201


def test_too_fast_is_refused_until_a_time_told(people: People, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "messages": "2/30 second"}
    ratelimit.forget_all()
    people.bob.say("harbour", "One")
    people.bob.say("harbour", "Two")
    answer = people.bob.post(HARBOUR, {"body": "Three"})
    assert answer.status_code == 429
    assert 25 <= int(answer["Retry-After"]) <= 30
    assert list(answer.json()) == ["detail"]
    people.alice.say("harbour", "I did not hurry")


def test_bob_changes_what_is_his(people: People) -> None:
    written = people.bob.say("harbour", "Ahoi")
    path = f"{HARBOUR}{written['id']}/"
    changed = people.bob.patch(path, {"body": "Ahoy"}).json()
    assert (changed["body"], changed["seq"]) == ("Ahoy", 2)
    assert "Ahoy" in changed["html"]
    assert changed["edited_at"].endswith("Z")
    assert people.guest.get(path).json() == changed
    assert people.bob.patch(path, {}).json() == changed
    assert people.bob.patch(path, {"body": "Ahoy"}).json() == changed


def test_nobody_edits_what_is_not_theirs(people: People) -> None:
    written = people.bob.say("harbour", "Mine")
    path = f"{HARBOUR}{written['id']}/"
    assert people.alice.patch(path, {"body": "Ours"}).status_code == 403
    assert people.mallory.patch(path, {"body": "Ours"}).status_code == 403
    assert people.guest.patch(path, {"body": "Ours"}).status_code == 401
    assert people.mallory.delete(path).status_code == 403
    assert people.guest.delete(path).status_code == 401
    people.bob.post("chat/rooms/harbour/leave/")
    assert people.bob.patch(path, {"body": "No more"}).status_code == 403
    assert Message.objects.get().body == "Mine"


def test_a_deletion_leaves_a_tombstone(people: People) -> None:
    written = people.bob.say("harbour", "Oops")
    path = f"{HARBOUR}{written['id']}/"
    assert people.bob.delete(path).status_code == 204
    stone = people.guest.get(path).json()
    assert (stone["deleted"], stone["body"], stone["html"], stone["seq"]) == (True, "", "", 2)
    assert people.bob.delete(path).status_code == 404
    assert people.bob.patch(path, {"body": "Back again"}).status_code == 404
    assert texts(people.guest.get(HARBOUR).json()) == [""]


def test_the_creator_deletes_what_others_wrote(people: People) -> None:
    written = people.bob.say("harbour", "Rude")
    assert people.alice.delete(f"{HARBOUR}{written['id']}/").status_code == 204
    assert people.guest.get(f"{HARBOUR}{written['id']}/").json()["deleted"] is True


def test_a_client_that_was_away_catches_up(people: People) -> None:
    kept = people.bob.say("harbour", "Kept")
    edited = people.bob.say("harbour", "Edited")
    deleted = people.bob.say("harbour", "Deleted")
    seq = people.guest.get(HARBOUR).json()["seq"]
    people.bob.delete(f"{HARBOUR}{deleted['id']}/")
    people.bob.patch(f"{HARBOUR}{edited['id']}/", {"body": "Edited twice"})
    new = people.alice.say("harbour", "New")

    missed = people.guest.get("chat/rooms/harbour/changes/", after=seq).json()
    assert [message["id"] for message in missed["results"]] == [deleted["id"], edited["id"], new["id"]]
    assert [message["deleted"] for message in missed["results"]] == [True, False, False]
    assert kept["id"] not in [message["id"] for message in missed["results"]]
    assert (missed["seq"], missed["more"]) == (6, False)
    assert people.guest.get("chat/rooms/harbour/changes/", after=6).json()["results"] == []

    part = people.guest.get("chat/rooms/harbour/changes/", after=seq, limit=2).json()
    assert (part["seq"], part["more"]) == (5, True)
    rest = people.guest.get("chat/rooms/harbour/changes/", after=part["seq"]).json()
    assert [message["id"] for message in rest["results"]] == [new["id"]]
    assert people.guest.get("chat/rooms/harbour/changes/").status_code == 400


def test_reading_moves_the_mark_forward_only(people: People) -> None:
    ids = [people.alice.say("harbour", f"Wave {number}")["id"] for number in range(3)]

    def unread() -> int:
        return people.bob.get("chat/rooms/harbour/").json()["unread"]

    assert unread() == 3
    for message_id, left in ((ids[1], 1), (ids[0], 1), (ids[2], 0)):
        assert people.bob.post("chat/rooms/harbour/read/", {"message": message_id}).status_code == 204
        assert unread() == left
    assert people.mallory.post("chat/rooms/harbour/read/", {"message": ids[0]}).status_code == 403
    assert people.guest.post("chat/rooms/harbour/read/", {"message": ids[0]}).status_code == 401
    assert people.bob.post("chat/rooms/harbour/read/", {}).status_code == 400
    assert people.bob.post("chat/rooms/harbour/read/", {"message": 2**62}).status_code == 404


def test_what_an_account_that_is_gone_wrote_stays(people: People) -> None:
    people.bob.say("harbour", "Farewell")
    assert people.bob.user is not None
    people.bob.user.delete()
    [message] = people.guest.get(HARBOUR).json()["results"]
    assert (message["author"], message["body"]) == (None, "Farewell")
