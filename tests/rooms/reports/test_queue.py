"""Bob and dave work through what was reported; carol hears what came of it."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from rooms import actions
from rooms.models import AuditEntry, Message, Report
from rooms.models.audit_entry import Deed
from tests.factories import make_member, make_user, post
from tests.rooms.conftest import Harbour, Told, browser_of
from tests.rooms.views.answers import HTMX, text_of

QUEUE = "/rooms/harbour/settings/reports/"


def page_of(report: Report) -> str:
    return f"{QUEUE}{report.pk}/"


@pytest.fixture
def bob(harbour: Harbour) -> Client:
    return browser_of(harbour.bob)


class TestQueue:
    def test_it_holds_what_waits_and_the_navigation_counts_it(
        self, harbour: Harbour, bob: Client, report: Report
    ) -> None:
        page = text_of(bob.get(QUEUE))
        assert "She insults me" in page
        assert "Carol is a **bilge rat**" in page
        assert re.search(r'href="/rooms/harbour/settings/reports/"[^>]*>Reports <span class="unread">1</span>', page)
        assert "She insults me" not in text_of(bob.get(f"{QUEUE}?shelf=mine"))
        actions.claim_report(actor=harbour.bob, report=report)
        assert "She insults me" in text_of(bob.get(f"{QUEUE}?shelf=mine"))
        assert "being looked at: bob" in text_of(bob.get(QUEUE))
        actions.resolve_report(actor=harbour.bob, report=report, outcome="Warned")
        assert "She insults me" not in text_of(bob.get(QUEUE)) + text_of(bob.get(f"{QUEUE}?shelf=mine"))
        assert "She insults me" in text_of(bob.get(f"{QUEUE}?shelf=closed"))
        assert '<span class="unread">1</span>' not in text_of(bob.get(QUEUE))

    def test_it_goes_on_where_it_ended_in_order(
        self, harbour: Harbour, bob: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rooms.reports.queue.PAGE_SIZE", 2)
        reports = [
            Report.objects.create(
                room=harbour.room, reporter=harbour.carol, subject=harbour.alice, reason=f"No. {number}"
            )
            for number in range(5)
        ]
        for shelf, expected in (("open", reports), ("closed", reports[::-1])):
            seen: list[Report] = []
            address = f"{QUEUE}?shelf={shelf}"
            while address:
                answer = bob.get(address)
                seen += answer.context["page"].reports
                key = answer.context["page"].next
                address = f"{QUEUE}?shelf={shelf}&after={key}" if key else ""
            assert seen == expected
            Report.objects.update(status="resolved")

    def test_nonsense_is_not_found(self, harbour: Harbour, bob: Client, report: Report) -> None:
        for query in ("shelf=x", "after=x", "after=-1", "after=%00", f"after={10**20}"):
            assert bob.get(f"{QUEUE}?{query}").status_code == 404

    def test_it_is_for_moderators(self, harbour: Harbour, report: Report, rude: Message) -> None:
        for person in (harbour.carol, harbour.mallory, rude.author):
            client = browser_of(person)
            for path in (QUEUE, page_of(report)):
                assert client.get(path).status_code == 403
            for path in (page_of(report), f"{page_of(report)}claim/", f"{page_of(report)}release/"):
                assert client.post(path, {"outcome": "!", "verdict": "resolved"}).status_code == 403
        report.refresh_from_db()
        assert report.status == "open"

    def test_a_report_of_another_room_is_not_found(self, harbour: Harbour, bob: Client, report: Report) -> None:
        vault = page_of(report).replace("harbour", "vault")
        assert bob.get(vault).status_code == 404
        for path in (vault, f"{vault}claim/", f"{vault}release/"):
            assert bob.post(path, {"outcome": "!", "verdict": "resolved"}).status_code == 404
        assert bob.get(f"{QUEUE}{10**18}/").status_code == 404


class TestContext:
    def test_it_tells_what_was_said_then_and_now_and_around_it(self, harbour: Harbour, bob: Client, erin: User) -> None:
        for number in range(5):
            post(harbour.alice, harbour.general, f"before-{number}")
        rude = post(erin, harbour.general, "You rat")
        for number in range(5):
            post(harbour.alice, harbour.general, f"after-{number}")
        report = actions.file_report(
            actor=harbour.carol, room=harbour.room, subject=erin, message=rude, reason="She insults me"
        )
        actions.edit_message(actor=erin, message=rude, body="You saint")
        page = text_of(bob.get(page_of(report)))
        assert all(text in page for text in ("You rat", "You saint", "before-2", "before-4", "after-0", "after-2"))
        assert all(text not in page for text in ("before-1", "after-3"))
        assert "has been edited since" in page
        assert f'href="{rude.get_absolute_url()}"' in page
        actions.delete_message(actor=erin, message=rude)
        page = text_of(bob.get(page_of(report)))
        assert "You rat" in page
        assert "You saint" not in page
        assert "has been deleted since" in page
        rude.delete()
        page = text_of(bob.get(page_of(report)))
        assert "You rat" in page
        assert "does not exist any more" in page

    def test_it_tells_of_earlier_reports_and_sanctions(
        self, harbour: Harbour, bob: Client, report: Report, erin: User
    ) -> None:
        actions.resolve_report(actor=harbour.bob, report=report, outcome="Warned her")
        actions.time_out_member(
            actor=harbour.bob,
            room=harbour.room,
            subject=erin,
            until=report.created_at.replace(year=2999),
            reason="Rest",
        )
        second = actions.file_report(actor=harbour.carol, room=harbour.room, subject=erin, reason="Again")
        page = text_of(bob.get(page_of(second)))
        assert all(text in page for text in ("She insults me", "Warned her", "Muted until", "Rest"))
        elsewhere = actions.file_report(actor=harbour.carol, room=harbour.vault, subject=harbour.bob, reason="Other")
        page = text_of(browser_of(harbour.alice).get(f"/rooms/vault/settings/reports/{elsewhere.pk}/"))
        assert "No earlier reports" in page

    def test_a_page_costs_the_same_for_many_as_for_few(
        self, harbour: Harbour, bob: Client, report: Report, erin: User
    ) -> None:
        def cost(path: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                assert bob.get(path).status_code == 200
            return len(captured)

        few = [cost(path) for path in (QUEUE, page_of(report))]
        for number in range(8):
            sailor = make_user(f"sailor{number}")
            make_member(harbour.room, sailor)
            said = post(sailor, harbour.general)
            actions.file_report(actor=sailor, room=harbour.room, subject=erin, reason="Me too")
            actions.file_report(actor=sailor, room=harbour.room, subject=harbour.alice, message=said, reason="!")
        assert [cost(path) for path in (QUEUE, page_of(report))] == few


class TestHandling:
    def test_bob_takes_a_report_on_and_gives_it_back(self, harbour: Harbour, bob: Client, report: Report) -> None:
        assert bob.post(f"{page_of(report)}claim/").status_code == 302
        assert bob.post(f"{page_of(report)}claim/").status_code == 302
        report.refresh_from_db()
        assert (report.status, report.claimed_by) == ("claimed", harbour.bob)
        assert "Give it back" in text_of(bob.get(page_of(report)))
        assert bob.post(f"{page_of(report)}release/").status_code == 302
        report.refresh_from_db()
        assert (report.status, report.claimed_by) == ("open", None)
        deeds = [(entry.deed, entry.details.get("given_back")) for entry in AuditEntry.objects.order_by("pk")]
        assert deeds == [(Deed.REPORT_CLAIMED, None), (Deed.REPORT_CLAIMED, True)]

    @pytest.mark.parametrize("verdict", ["resolved", "dismissed"])
    def test_bob_closes_a_report(self, harbour: Harbour, bob: Client, report: Report, verdict: str) -> None:
        answer = bob.post(page_of(report), {"outcome": "Spoke with her", "verdict": verdict})
        assert (answer.status_code, answer["Location"]) == (302, QUEUE)
        report.refresh_from_db()
        assert (report.status, report.claimed_by, report.outcome) == (verdict, harbour.bob, "Spoke with her")
        assert report.closed_at is not None
        entry = AuditEntry.objects.get()
        assert (entry.deed, entry.actor, entry.subject) == (f"report_{verdict}", harbour.bob, report.subject)
        assert (entry.reason, entry.details["report"]) == ("Spoke with her", report.pk)

    def test_an_outcome_and_a_verdict_are_asked_for(self, harbour: Harbour, bob: Client, report: Report) -> None:
        for form in (
            {},
            {"outcome": "", "verdict": "resolved"},
            {"outcome": "Kept"},
            {"outcome": "Kept", "verdict": "x"},
            {"outcome": "x" * 301, "verdict": "resolved"},
        ):
            answer = bob.post(page_of(report), form)
            assert answer.status_code == 422
            assert form.get("outcome", "") in text_of(answer)
        report.refresh_from_db()
        assert report.status == "open"

    def test_of_two_moderators_the_second_is_told(
        self, harbour: Harbour, bob: Client, report: Report, dave: User
    ) -> None:
        second = browser_of(dave)
        bob.post(f"{page_of(report)}claim/")
        for path, form in ((f"{page_of(report)}claim/", {}), (f"{page_of(report)}release/", {}),
                           (page_of(report), {"outcome": "My view", "verdict": "resolved"})):  # fmt: skip
            answer = second.post(path, form)
            assert answer.status_code == 409
            assert "bob is looking at this report already" in text_of(answer)
        assert "My view" in text_of(answer)
        assert "bob is looking at this report." in text_of(second.get(page_of(report)))
        bob.post(page_of(report), {"outcome": "Done", "verdict": "resolved"})
        for path, form in (
            (f"{page_of(report)}claim/", {}),
            (page_of(report), {"outcome": "Mine", "verdict": "dismissed"}),
        ):
            answer = second.post(path, form)
            assert answer.status_code == 409
            assert "Somebody closed this report in the meantime" in text_of(answer)
        report.refresh_from_db()
        assert (report.status, report.outcome, report.claimed_by) == ("resolved", "Done", harbour.bob)

    def test_nobody_handles_a_report_that_they_filed(self, harbour: Harbour, bob: Client, erin: User) -> None:
        own = actions.file_report(actor=harbour.bob, room=harbour.room, subject=erin, reason="Look, please")
        page = text_of(bob.get(page_of(own)))
        assert "another moderator handles it" in page
        assert "Take it on" not in page
        assert bob.post(f"{page_of(own)}claim/").status_code == 403
        assert bob.post(page_of(own), {"outcome": "I win", "verdict": "resolved"}).status_code == 403
        own.refresh_from_db()
        assert own.status == "open"

    def test_nobody_sees_or_handles_a_report_about_themself(self, harbour: Harbour, bob: Client) -> None:
        about = actions.file_report(actor=harbour.carol, room=harbour.room, subject=harbour.bob, reason="He abuses it")
        assert "He abuses it" not in text_of(bob.get(QUEUE))
        assert '<span class="unread">' not in text_of(bob.get(QUEUE)).partition("settings-nav")[2]
        assert bob.get(page_of(about)).status_code == 404
        assert bob.post(f"{page_of(about)}claim/").status_code == 404
        with pytest.raises(actions.OutOfReach):
            actions.dismiss_report(actor=harbour.bob, report=about, outcome="Nonsense")
        assert "He abuses it" in text_of(browser_of(harbour.alice).get(QUEUE))


class TestReporter:
    def test_carol_reads_what_came_of_it_and_nobody_else_does(
        self, harbour: Harbour, bob: Client, report: Report
    ) -> None:
        carol = browser_of(harbour.carol)
        assert "open" in text_of(carol.get("/reports/"))
        bob.post(page_of(report), {"outcome": "Spoke with her", "verdict": "resolved"})
        assert "Spoke with her" in text_of(carol.get("/reports/"))
        notice = f"/reports/{report.pk}/outcome/"
        assert "was resolved" in text_of(carol.get(notice, headers=HTMX))
        assert carol.get(notice)["Location"] == "/reports/"
        for stranger in (harbour.mallory, harbour.bob):
            assert browser_of(stranger).get(notice, headers=HTMX).status_code == 404
            assert "Spoke with her" not in text_of(browser_of(stranger).get("/reports/"))
        assert browser_of(None).get("/reports/")["Location"] == "/accounts/login/?next=/reports/"

    def test_there_is_no_notice_of_what_still_waits(self, harbour: Harbour, report: Report) -> None:
        assert browser_of(harbour.carol).get(f"/reports/{report.pk}/outcome/", headers=HTMX).status_code == 404

    def test_carols_open_pages_are_told_and_only_hers(
        self, harbour: Harbour, report: Report, told: Told, django_capture_on_commit_callbacks: object
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            actions.claim_report(actor=harbour.bob, report=report)
        assert told.topics == []
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            actions.resolve_report(actor=harbour.bob, report=report, outcome="Secret outcome")
        assert told.topics == [f"user.{harbour.carol.pk}"]
        assert f'hx-get="/reports/{report.pk}/outcome/"' in told.fragments[0][1]
        assert "Secret outcome" not in told.fragments[0][1]

    def test_the_list_goes_on_where_it_ended(self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("rooms.reports.queue.PAGE_SIZE", 2)
        for number in range(3):
            Report.objects.create(room=harbour.room, reporter=harbour.carol, reason=f"No. {number}")
        carol = browser_of(harbour.carol)
        first = carol.get("/reports/")
        assert [each.reason for each in first.context["page"].reports] == ["No. 2", "No. 1"]
        rest = carol.get(f"/reports/?after={first.context['page'].next}")
        assert [each.reason for each in rest.context["page"].reports] == ["No. 0"]


class TestStaff:
    @pytest.fixture
    def grace(self, db: None) -> User:
        grace = make_user("grace")
        grace.is_staff = True
        grace.save(update_fields=["is_staff"])
        return grace

    def test_staff_see_all_rooms_reports_and_close_them(self, harbour: Harbour, report: Report, grace: User) -> None:
        secret = actions.file_report(
            actor=harbour.carol, room=harbour.vault, subject=harbour.bob, reason="In the vault"
        )
        staff = browser_of(grace)
        page = text_of(staff.get("/staff/reports/"))
        assert "She insults me" in page
        assert "In the vault" in page
        assert 'href="/staff/reports/"' in text_of(staff.get("/"))
        one = f"/staff/reports/{secret.pk}/"
        assert "In the vault" in text_of(staff.get(one))
        assert staff.post(one, {"outcome": "", "verdict": "resolved"}).status_code == 422
        assert staff.post(one, {"outcome": "Looked into it", "verdict": "resolved"}).status_code == 302
        secret.refresh_from_db()
        assert (secret.status, secret.outcome) == ("resolved", "Looked into it")
        entry = AuditEntry.objects.get()
        assert (entry.room, entry.actor, entry.deed) == (harbour.vault, grace, "report_resolved")
        assert "In the vault" not in text_of(staff.get("/staff/reports/"))
        # The room's own pages stay closed to staff who do not belong to it.
        assert staff.get(f"/rooms/vault/settings/reports/{secret.pk}/").status_code == 404

    def test_nobody_else_knows_of_it(self, harbour: Harbour, report: Report) -> None:
        for person in (harbour.alice, harbour.bob, harbour.carol, harbour.mallory):
            client = browser_of(person)
            for path in ("/staff/reports/", f"/staff/reports/{report.pk}/"):
                assert client.get(path).status_code == 404
            assert (
                client.post(f"/staff/reports/{report.pk}/", {"outcome": "!", "verdict": "resolved"}).status_code == 404
            )
            assert "/staff/reports/" not in text_of(client.get("/"))

    def test_staff_do_not_handle_a_report_about_themselves(self, harbour: Harbour, grace: User) -> None:
        make_member(harbour.room, grace)
        about = actions.file_report(actor=harbour.carol, room=harbour.room, subject=grace, reason="Abuse of office")
        own = actions.file_report(actor=grace, room=harbour.room, subject=harbour.carol, reason="She reports me")
        staff = browser_of(grace)
        assert "Abuse of office" not in text_of(staff.get("/staff/reports/"))
        assert staff.get(f"/staff/reports/{about.pk}/").status_code == 404
        answer = staff.post(f"/staff/reports/{own.pk}/", {"outcome": "!", "verdict": "resolved"})
        assert answer.status_code == 403

    def test_a_suspended_member_of_staff_decides_nothing(self, harbour: Harbour, report: Report, grace: User) -> None:
        grace.is_active = False
        grace.save(update_fields=["is_active"])
        with pytest.raises(PermissionDenied):
            actions.resolve_report(actor=grace, report=report, outcome="!")


def test_what_somebody_took_on_who_may_handle_it_no_more_is_anybodys(
    harbour: Harbour, dave: User, report: Report
) -> None:
    actions.claim_report(actor=dave, report=report)
    assert "dave is looking at this report" in text_of(browser_of(harbour.bob).get(page_of(report)))
    actions.leave_room(actor=dave, room=harbour.room)
    assert 'value="resolved"' in text_of(browser_of(harbour.bob).get(page_of(report)))
    closed = actions.resolve_report(actor=harbour.bob, report=report, outcome="Warned")
    assert (closed.status, closed.claimed_by) == ("resolved", harbour.bob)
