"""Carol asks the moderators to look."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from rooms import actions
from rooms.models import Ban, Message, Report, RoleGroup, RoomGroupObjectPermission, Timeout
from rooms.permissions import FILE_REPORTS, Role
from tests.factories import post
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.views.answers import limits, text_of

REPORT = "/rooms/harbour/report/"


def test_carol_reports_a_message_and_it_is_kept_as_it_is_now(harbour: Harbour, rude: Message) -> None:
    carol = browser_of(harbour.carol)
    form = carol.get(f"{REPORT}?message={rude.pk}")
    assert form.status_code == 200
    assert "Carol is a bilge rat" in text_of(form)
    answer = carol.post(f"{REPORT}?message={rude.pk}", {"reason": "  She   insults me "}, follow=True)
    assert "the moderators have your report" in text_of(answer)
    assert answer.redirect_chain[0][0] == rude.get_absolute_url()
    report = Report.objects.get()
    assert (report.reporter, report.subject, report.message) == (harbour.carol, rude.author, rude)
    assert (report.reason, report.quoted, report.status) == ("She insults me", "Carol is a **bilge rat**", "open")
    actions.edit_message(actor=rude.author, message=rude, body="Carol is an angel")
    report.refresh_from_db()
    assert report.quoted == "Carol is a **bilge rat**"


def test_carol_reports_a_member(harbour: Harbour, erin: User) -> None:
    answer = browser_of(harbour.carol).post(f"{REPORT}?member=Erin", {"reason": "Spam by private letters"})
    assert answer.status_code == 302
    report = Report.objects.get()
    assert (report.subject, report.message, report.quoted) == (erin, None, "")


def test_a_reason_is_asked_for_and_nothing_is_lost(harbour: Harbour, rude: Message) -> None:
    carol = browser_of(harbour.carol)
    for reason, kept in (("", ""), ("x" * 301, "x" * 301), ("ha\u202eha", "ha\u202eha"), ("   ", "")):
        answer = carol.post(f"{REPORT}?message={rude.pk}", {"reason": reason})
        assert answer.status_code == 422
        assert 'id="id_reason_error"' in text_of(answer)
        assert kept in text_of(answer)
    assert not Report.objects.exists()


def test_nobody_reports_themself(harbour: Harbour) -> None:
    own = post(harbour.carol, harbour.general)
    carol = browser_of(harbour.carol)
    for address in (f"{REPORT}?message={own.pk}", f"{REPORT}?member=carol"):
        for answer in (carol.get(address), carol.post(address, {"reason": "I am awful"})):
            assert answer.status_code == 403
            assert "You cannot report yourself" in text_of(answer)
    with pytest.raises(actions.ReportedOneself):
        actions.file_report(actor=harbour.carol, room=harbour.room, subject=harbour.carol, reason="!")
    assert not Report.objects.exists()


def test_a_second_report_of_the_same_changes_nothing_and_says_so(
    harbour: Harbour, rude: Message, report: Report, erin: User
) -> None:
    carol = browser_of(harbour.carol)
    answer = carol.post(f"{REPORT}?message={rude.pk}", {"reason": "Once more"}, follow=True)
    assert "You have reported this already" in text_of(answer)
    assert [each.reason for each in Report.objects.all()] == ["She insults me"]
    # Of a person as of a message; and the one does not stand for the other.
    for reason in ("First", "Second"):
        carol.post(f"{REPORT}?member=erin", {"reason": reason})
    assert [each.reason for each in Report.objects.order_by("pk")] == ["She insults me", "First"]
    # Another person's report is another report, and so is one after the first was closed.
    browser_of(harbour.alice).post(f"{REPORT}?message={rude.pk}", {"reason": "I saw it too"})
    actions.dismiss_report(actor=harbour.bob, report=report, outcome="Banter")
    carol.post(f"{REPORT}?message={rude.pk}", {"reason": "It is not"})
    assert Report.objects.filter(message=rude).count() == 3


def test_too_many_reports_are_refused_until_a_time_told(
    harbour: Harbour, rude: Message, erin: User, settings: Settings
) -> None:
    limits(settings, reports="1/3600 second")
    carol = browser_of(harbour.carol)
    carol.post(f"{REPORT}?member=erin", {"reason": "One"})
    answer = carol.post(f"{REPORT}?message={rude.pk}", {"reason": "Two, and long"})
    assert answer.status_code == 429
    assert 3590 <= int(answer["Retry-After"]) <= 3600
    assert "Two, and long" in text_of(answer)
    assert Report.objects.count() == 1


def test_only_members_with_the_right_report_and_the_muted_are_among_them(harbour: Harbour, rude: Message) -> None:
    address = f"{REPORT}?message={rude.pk}"
    assert browser_of(harbour.mallory).post(address, {"reason": "!"}).status_code == 403
    assert browser_of(None).get(address)["Location"].startswith("/accounts/login/?next=/rooms/harbour/report/")
    Timeout.objects.create(room=harbour.room, user=harbour.carol, until=timezone.now() + timedelta(hours=1))
    assert browser_of(harbour.carol).post(address, {"reason": "I am mute, and they go on"}).status_code == 302
    Ban.objects.create(room=harbour.room, user=harbour.bob, reason="Mutiny")
    assert browser_of(harbour.bob).post(address, {"reason": "!"}).status_code == 403


def test_a_right_that_is_taken_between_the_form_and_the_sending_is_gone(harbour: Harbour, rude: Message) -> None:
    carol = browser_of(harbour.carol)
    assert carol.get(f"{REPORT}?message={rude.pk}").status_code == 200
    group = RoleGroup.objects.get(room=harbour.room, role=Role.USER).group
    RoomGroupObjectPermission.objects.filter(group=group, permission__codename=FILE_REPORTS).delete()
    assert carol.post(f"{REPORT}?message={rude.pk}", {"reason": "!"}).status_code == 403
    with pytest.raises(PermissionDenied):
        actions.file_report(actor=harbour.carol, room=harbour.room, subject=rude.author, message=rude, reason="!")
    assert not Report.objects.exists()


def test_what_is_of_another_room_or_gone_cannot_be_reported(harbour: Harbour, rude: Message, erin: User) -> None:
    secret = post(harbour.alice, harbour.strongbox)
    actions.delete_message(actor=erin, message=rude)
    carol = browser_of(harbour.carol)
    messages = (secret.pk, rude.pk, "x", "", 10**18, 10**30, "%00")
    members = ("mallory", "nobody", "", "%00")
    queries = ["", *(f"message={each}" for each in messages), *(f"member={each}" for each in members)]
    for query in queries:
        for answer in (carol.get(f"{REPORT}?{query}"), carol.post(f"{REPORT}?{query}", {"reason": "!"})):
            assert answer.status_code == 404, query
    assert not Report.objects.exists()


def test_the_message_s_menu_leads_there_for_others_messages_only(harbour: Harbour, rude: Message, erin: User) -> None:
    link = f'href="{REPORT}?message={rude.pk}"'
    menu = f"/rooms/harbour/general/{rude.pk}/menu/"
    assert link in text_of(browser_of(harbour.carol).get(menu))
    for person in (erin, harbour.mallory, None):
        assert link not in text_of(browser_of(person).get(menu))
