"""Frank is a member like others, and members of this room handle reports: what moderators said among themselves is
quoted in some of them, and not for his eyes."""

import pytest
from django.http import Http404

from accounts.models import User
from rooms import actions
from rooms.actions.reports import who_looks
from rooms.models import Channel, Message, Report, RoleGroup
from rooms.models.channel import Audience
from rooms.permissions import HANDLE_REPORTS, VIEW_AUDIT_LOG, Role
from tests.factories import make_channel, make_member, make_user, post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.reports.granting import grant
from tests.rooms.views.answers import text_of

pytestmark = pytest.mark.services

SETTINGS = "/rooms/harbour/settings"
QUEUE = f"{SETTINGS}/reports/"
REST = "chat/rooms/harbour/reports/"
SECRET = "The treasure is under the lighthouse"


@pytest.fixture
def frank(harbour: Harbour) -> User:
    frank = make_user("frank")
    make_member(harbour.room, frank)
    users = RoleGroup.objects.get(room=harbour.room, role=Role.USER)
    for codename in (HANDLE_REPORTS, VIEW_AUDIT_LOG):
        grant(users, codename)
    return frank


@pytest.fixture
def bridge(harbour: Harbour) -> Channel:
    bridge = make_channel(harbour.room, "bridge")
    bridge.audience, bridge.room = Audience.MODERATORS, harbour.room
    bridge.save(update_fields=["audience"])
    return bridge


@pytest.fixture
def secret(harbour: Harbour, bridge: Channel, dave: User) -> Message:
    return post(dave, bridge, SECRET)


@pytest.fixture
def hidden(harbour: Harbour, secret: Message) -> Report:
    """Bob has alice look at what dave wrote on the bridge."""
    return actions.file_report(
        actor=harbour.bob, room=harbour.room, subject=secret.author, message=secret, reason="He tells it"
    )


def seen_by(person: User, hidden: Report) -> str:
    """All that somebody gets to read of the room's reports and log, on pages and over REST."""
    browser, program = browser_of(person), Caller(person)
    pages = [
        browser.get(path) for path in (QUEUE, f"{QUEUE}?shelf=mine", f"{QUEUE}?shelf=closed", f"{SETTINGS}/audit/")
    ]
    answers = [program.get(REST), program.get(REST, shelf="closed"), program.get("chat/rooms/harbour/audit/")]
    one = [browser.get(f"{QUEUE}{hidden.pk}/"), program.get(f"{REST}{hidden.pk}/")]
    assert all(answer.status_code == 200 for answer in [*pages, *answers])
    return "".join(text_of(answer) for answer in [*pages, *answers, *one])


TELLING = ("lighthouse", "He tells it", "bridge")


def told_of(text: str) -> list[str]:
    return [each for each in TELLING if each in text]


def test_reports_from_the_bridge_are_read_by_moderators_alone(harbour: Harbour, frank: User, hidden: Report) -> None:
    assert {"lighthouse", "He tells it"} <= set(told_of(seen_by(harbour.alice, hidden)))
    assert told_of(seen_by(frank, hidden)) == []
    assert '<span class="unread">' not in text_of(browser_of(frank).get(QUEUE)).partition("settings-nav")[2]
    for method, path in (("get", ""), ("post", ""), ("post", "claim/"), ("post", "release/")):
        answer = getattr(browser_of(frank), method)(
            f"{QUEUE}{hidden.pk}/{path}", {"outcome": "!", "verdict": "resolved"}
        )
        assert answer.status_code == 404, (method, path)
    program = Caller(frank)
    for path, body in (("claim/", None), ("resolve/", {"outcome": "!"}), ("dismiss/", {"outcome": "!"})):
        assert program.post(f"{REST}{hidden.pk}/{path}", body).status_code == 404, path
    hidden.refresh_from_db()
    assert hidden.status == "open"


def test_the_action_itself_knows_of_none(harbour: Harbour, frank: User, hidden: Report) -> None:
    """A door that was opened before the channel was narrowed, or before frank was dismissed."""
    for act, more in (
        (actions.claim_report, {}),
        (actions.release_report, {}),
        (actions.resolve_report, {"outcome": "!"}),
        (actions.dismiss_report, {"outcome": "!"}),
    ):
        with pytest.raises(Http404):
            act(actor=frank, report=hidden, **more)


def test_what_became_of_them_is_in_the_log_for_moderators_alone(harbour: Harbour, frank: User, hidden: Report) -> None:
    actions.claim_report(actor=harbour.alice, report=hidden)
    actions.release_report(actor=harbour.alice, report=hidden)
    actions.resolve_report(actor=harbour.alice, report=hidden, outcome="The lighthouse was searched")
    of_alice, of_frank = (text_of(browser_of(who).get(f"{SETTINGS}/audit/")) for who in (harbour.alice, frank))
    told = ("took a report on", "gave a report back", "resolved a report", "lighthouse", f"report {hidden.pk}")
    assert all(words in of_alice for words in told)
    assert not any(words in of_frank.partition("<ol")[2] for words in told)
    assert told_of(seen_by(frank, hidden)) == []


def test_a_case_tells_of_no_hidden_report_and_no_hidden_deed(
    harbour: Harbour, frank: User, dave: User, secret: Message, hidden: Report
) -> None:
    """Dave's earlier reports stand beside a new one; those from the bridge do not, where frank reads it."""
    actions.delete_message(actor=harbour.alice, message=secret, reason="About the lighthouse")
    open_one = actions.file_report(actor=harbour.carol, room=harbour.room, subject=dave, reason="He shouts")
    of_alice, of_frank = (text_of(browser_of(who).get(f"{QUEUE}{open_one.pk}/")) for who in (harbour.alice, frank))
    assert all(words in of_alice for words in ("He tells it", "About the lighthouse"))
    assert "He shouts" in of_frank
    assert told_of(of_frank) == []
    of_frank = text_of(Caller(frank).get(f"{REST}{open_one.pk}/"))
    assert "He shouts" in of_frank
    assert told_of(of_frank) == []


@pytest.mark.parametrize("gone", ["message", "channel"])
def test_what_was_the_moderators_stays_theirs_when_it_is_gone(
    harbour: Harbour, frank: User, bridge: Channel, secret: Message, hidden: Report, gone: str
) -> None:
    if gone == "message":
        secret.delete()
    else:
        actions.delete_channel(actor=harbour.alice, channel=bridge)
    assert "lighthouse" in seen_by(harbour.alice, hidden)
    assert told_of(seen_by(frank, hidden)) == []


def test_a_channel_that_is_narrowed_takes_its_reports_along(harbour: Harbour, frank: User, dave: User) -> None:
    cabin = make_channel(harbour.room, "cabin")
    cabin.room = harbour.room
    said = post(dave, cabin, SECRET)
    report = actions.file_report(actor=harbour.bob, room=harbour.room, subject=dave, message=said, reason="He tells it")
    assert "lighthouse" in seen_by(frank, report)
    actions.edit_channel(actor=harbour.alice, channel=cabin, audience=Audience.MODERATORS)
    assert told_of(seen_by(frank, report)) == []
    actions.edit_channel(actor=harbour.alice, channel=cabin, audience=Audience.EVERYONE)
    assert "lighthouse" in seen_by(frank, report)


def test_a_member_sent_to_review_over_it_too(harbour: Harbour, frank: User, dave: User, secret: Message) -> None:
    actions.change_role(actor=harbour.alice, room=harbour.room, subject=dave, role=Role.USER)
    review = actions.send_to_review(
        actor=harbour.bob, room=harbour.room, subject=dave, reason="He tells it", message=secret
    )
    assert "lighthouse" in seen_by(harbour.alice, review)
    assert told_of(seen_by(frank, review)) == []


def test_whoever_took_one_on_and_was_dismissed_holds_it_up_no_more(
    harbour: Harbour, frank: User, dave: User, hidden: Report, bridge: Channel
) -> None:
    about_frank = actions.send_to_review(
        actor=harbour.alice, room=harbour.room, subject=frank, reason="Look", message=post(harbour.bob, bridge)
    )
    actions.claim_report(actor=dave, report=about_frank)
    about_frank.refresh_from_db()
    assert who_looks(about_frank) == dave
    actions.change_role(actor=harbour.alice, room=harbour.room, subject=dave, role=Role.USER)
    assert who_looks(about_frank) is None


def test_the_sites_staff_read_them_all(harbour: Harbour, hidden: Report) -> None:
    grace = make_user("grace")
    grace.is_staff = True
    grace.save(update_fields=["is_staff"])
    assert "lighthouse" in text_of(browser_of(grace).get("/staff/reports/"))
    assert "lighthouse" in text_of(browser_of(grace).get(f"/staff/reports/{hidden.pk}/"))


def test_the_navigation_counts_what_is_to_be_seen(harbour: Harbour, frank: User, dave: User, hidden: Report) -> None:
    actions.file_report(actor=harbour.carol, room=harbour.room, subject=dave, reason="He shouts")
    assert 'Reports <span class="unread">1</span>' in text_of(browser_of(frank).get(QUEUE))
    assert 'Reports <span class="unread">2</span>' in text_of(browser_of(harbour.alice).get(QUEUE))
