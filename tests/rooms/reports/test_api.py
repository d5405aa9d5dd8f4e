"""Reports and the audit log over REST."""

from typing import Any

import pytest

from accounts.actions import register
from accounts.models import User
from rooms.models import AuditEntry, Report, Room
from rooms.permissions import Role
from tests.factories import make_member
from tests.rooms import api_people
from tests.rooms.api_people import Caller, People

people = api_people.people
REPORTS = "chat/rooms/harbour/reports/"


@pytest.fixture
def said(people: People) -> dict[str, Any]:
    return people.bob.say("harbour", "You rat")


@pytest.fixture
def carol(people: People) -> Caller:
    """A member like bob."""
    carol = register(username="carol", password=api_people.PASSWORD)
    make_member(Room.objects.get(slug="harbour"), carol)
    return Caller(carol)


def filed(carol: Caller, **body: Any) -> dict[str, Any]:
    answer = carol.post(REPORTS, {"reason": "She insults me", **body})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_carol_files_alice_claims_resolves_and_carol_hears(people: People, carol: Caller, said: dict[str, Any]) -> None:
    report = filed(carol, message=said["id"])
    assert (report["quoted"], report["status"], report["subject"]["username"]) == ("You rat", "open", "bob")
    assert "reporter" not in report
    queue = people.alice.get(REPORTS).json()
    assert [(each["id"], each["reporter"]["username"]) for each in queue["results"]] == [(report["id"], "carol")]
    one = f"{REPORTS}{report['id']}/"
    case = people.alice.get(one).json()
    assert [message["id"] for message in case["around"]] == [said["id"]]
    assert people.alice.post(f"{one}claim/").json()["status"] == "claimed"
    assert people.alice.delete(f"{one}claim/").json()["status"] == "open"
    assert people.alice.post(f"{one}resolve/", {"outcome": ""}).status_code == 400
    answer = people.alice.post(f"{one}resolve/", {"outcome": "Warned"})
    assert (answer.status_code, answer.json()["status"]) == (200, "resolved")
    assert people.alice.post(f"{one}dismiss/", {"outcome": "Late"}).status_code == 409
    assert [each["outcome"] for each in carol.get("reports/").json()["results"]] == ["Warned"]
    assert people.alice.get(REPORTS, shelf="closed").json()["results"][0]["id"] == report["id"]
    log = people.alice.get("chat/rooms/harbour/audit/", deed="report_resolved").json()
    assert [(each["actor"]["username"], each["reason"]) for each in log["results"]] == [("alice", "Warned")]


def test_the_second_of_two_is_told(people: People, carol: Caller, said: dict[str, Any]) -> None:
    one = f"{REPORTS}{filed(carol, message=said['id'])['id']}/"
    room = Room.objects.get(slug="harbour")
    make_member(room, people.mallory.user, Role.MODERATOR)  # type: ignore[arg-type]
    people.alice.post(f"{one}claim/")
    for path, body in (("claim/", None), ("resolve/", {"outcome": "!"}), ("dismiss/", {"outcome": "!"})):
        answer = people.mallory.post(f"{one}{path}", body)
        assert answer.status_code == 409
        assert "alice is looking at this report already" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": ""}, {"reason": 5}, {"reason": "x" * 301}, {"reason": "Both", "member": "bob", "message": 1},
     {"reason": "None"}, {"reason": "Type", "message": "1"}, {"reason": "Zero", "message": 0}],
)  # fmt: skip
def test_a_bad_report_is_refused(people: People, carol: Caller, body: dict[str, Any]) -> None:
    assert carol.post(REPORTS, body).status_code == 400
    assert not Report.objects.exists()


def test_what_is_elsewhere_or_ones_own_is_refused(people: People, carol: Caller, said: dict[str, Any]) -> None:
    secret = people.alice.say("vault", "Secret")
    assert carol.post(REPORTS, {"reason": "!", "message": secret["id"]}).status_code == 404
    assert carol.post(REPORTS, {"reason": "!", "member": "mallory"}).status_code == 404
    assert people.bob.post(REPORTS, {"reason": "!", "message": said["id"]}).status_code == 409
    filed(carol, member="bob")
    assert carol.post(REPORTS, {"reason": "Again", "member": "bob"}).status_code == 409


def test_others_learn_nothing(people: People, carol: Caller, said: dict[str, Any]) -> None:
    one = f"{REPORTS}{filed(carol, message=said['id'])['id']}/"
    for caller, status in ((people.bob, 403), (people.mallory, 403), (people.guest, 401)):
        for path in (REPORTS, one, "chat/rooms/harbour/audit/"):
            assert caller.get(path).status_code == status, path
        assert caller.post(f"{one}claim/").status_code == status
    assert people.alice.get(one.replace("harbour", "vault")).status_code == 404
    assert people.alice.get("staff/reports/").status_code == 404


def test_staff_close_reports_of_any_room(people: People, carol: Caller) -> None:
    report = filed(carol, member="bob")
    User.objects.filter(username="mallory").update(is_staff=True)
    assert [each["id"] for each in people.mallory.get("staff/reports/").json()["results"]] == [report["id"]]
    one = f"staff/reports/{report['id']}/"
    assert people.mallory.get(one).json()["report"]["reason"] == "She insults me"
    assert people.mallory.post(one, {"outcome": "!", "verdict": "open"}).status_code == 400
    answer = people.mallory.post(one, {"outcome": "No case", "verdict": "dismissed"})
    assert (answer.status_code, answer.json()["status"]) == (200, "dismissed")
    assert AuditEntry.objects.filter(deed="report_dismissed", actor=people.mallory.user).exists()
    assert people.mallory.get("staff/reports/").json() == {"results": [], "next": None}
