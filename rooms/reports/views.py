"""The HTTP edge of reports and of the audit log."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import member_required
from accounts.models import User
from accounts.requests import MemberRequest
from eclipse.numbers import number_in
from eclipse.ratelimit import RateLimited
from eclipse.requests import Request
from rooms import access as door
from rooms import actions, permissions
from rooms.access import RoomAccess
from rooms.actions.reports import who_looks
from rooms.models import Message, Report
from rooms.models.audit_entry import Deed
from rooms.models.report import UNRESOLVED, ReportStatus

from .audit import audit_page
from .forms import OutcomeForm, ReportForm
from .queue import Shelf, case_of, filed_by, reports_of_all_rooms, reports_of_room, shelf_of, unresolved_everywhere

VERDICTS = {ReportStatus.RESOLVED: actions.resolve_report, ReportStatus.DISMISSED: actions.dismiss_report}


def _after(request: HttpRequest) -> int | None:
    """Where the page before ended; nonsense is a page that does not exist."""
    text = request.GET.get("after")
    if not text:
        return None
    number = number_in(text)
    if number is None:
        raise Http404
    return number


# --- Filing -------------------------------------------------------------------------------------


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_create(request: MemberRequest, slug: str) -> HttpResponse:
    """Report the message `?message=<id>` or the member `?member=<username>`."""
    access = door.get_room(request.user, slug, permissions.FILE_REPORTS)
    subject, message = _reported(access, request.GET)
    form = ReportForm(request.POST if request.method == "POST" else None)
    context = {"room": access.room, "access": access, "subject": subject, "message": message, "form": form}
    back = message.get_absolute_url() if message is not None else access.room.get_absolute_url()
    if subject == request.user:
        return render(request, "rooms/reports/report_form.html", context | {"oneself": True, "back": back}, status=403)
    if form.is_valid():
        try:
            actions.file_report(
                actor=access.actor,
                room=access.room,
                subject=subject,
                message=message,
                reason=form.cleaned_data["reason"],
            )
        except actions.AlreadyReported:
            messages.info(request, _("You have reported this already. The moderators have your report."))
        except RateLimited as error:
            form.add_error("reason", error.explain())
            response = render(request, "rooms/reports/report_form.html", context | {"back": back}, status=429)
            response["Retry-After"] = str(error.retry_after)
            return response
        else:
            messages.success(request, _("Thank you: the moderators have your report. You will hear what came of it."))
        return redirect(back)
    status = 422 if form.is_bound else 200
    return render(request, "rooms/reports/report_form.html", context | {"back": back}, status=status)


def _reported(access: RoomAccess, query: QueryDict) -> tuple[User | None, Message | None]:
    """Whom and what the query string names; `Http404` for what is not of this room."""
    if "message" in query:
        number = number_in(query.get("message", ""))
        if number is None:
            raise Http404
        return reported_message(access, number)
    return reported_member(access, query.get("member", "")), None


def reported_message(access: RoomAccess, number: int) -> tuple[User | None, Message]:
    """A message of the room that can be reported, and its author; `Http404` otherwise."""
    message = door.get_message_by_id(access.user, access.room.slug, number).message
    if message.is_deleted:
        raise Http404
    return message.author, message


def reported_member(access: RoomAccess, username: str) -> User:
    """A member of the room; `Http404` otherwise."""
    # PostgreSQL raises for a NUL in a query.
    username = User.normalize_username(username.replace("\x00", ""))
    subject = User.objects.filter(username=username, memberships__room=access.room).first()
    if subject is None:
        raise Http404
    return subject


@member_required
@require_safe
def my_reports(request: MemberRequest) -> HttpResponse:
    page = filed_by(request.user, _after(request))
    return render(request, "rooms/reports/my_reports.html", {"page": page})


@member_required
@require_safe
def report_outcome(request: Request, pk: int) -> HttpResponse:
    """The notice that an open page asks for when it is told that a report of its reader's was closed."""
    report = Report.objects.filter(pk=pk, reporter=request.user.pk).exclude(status__in=UNRESOLVED).first()
    if report is None:
        raise Http404
    if not request.htmx:
        return redirect("rooms:my-reports")
    return render(request, "rooms/reports/_outcome.html", {"report": report})


# --- The room's queue ---------------------------------------------------------------------------


@member_required
@require_safe
def room_reports(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.HANDLE_REPORTS)
    shelf = request.GET.get("shelf", Shelf.OPEN)
    if shelf not in Shelf.values:
        raise Http404
    page = shelf_of(access, shelf, _after(request))
    context = {"room": access.room, "access": access, "page": page, "shelf": shelf, "shelves": Shelf.choices}
    return render(request, "rooms/reports/room_reports.html", context)


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """One report with its context; a POST closes it."""
    access, found = _report(request, slug, pk)
    return _one_report(request, found, access)


@member_required
@require_POST
def report_claim(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    access, found = _report(request, slug, pk)
    try:
        actions.claim_report(actor=access.actor, report=found)
    except (actions.ReportTaken, actions.ReportClosed) as refusal:
        return _too_late(request, found, access, refusal)
    return redirect("rooms:report", slug, pk)


@member_required
@require_POST
def report_release(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    access, found = _report(request, slug, pk)
    try:
        actions.release_report(actor=access.actor, report=found)
    except (actions.ReportTaken, actions.ReportClosed) as refusal:
        return _too_late(request, found, access, refusal)
    return redirect("rooms:room-reports", slug)


def _report(request: MemberRequest, slug: str, pk: int) -> tuple[RoomAccess, Report]:
    access = door.get_room(request.user, slug, permissions.HANDLE_REPORTS)
    return access, found_in(reports_of_room(access), pk)


def found_in(reports: QuerySet[Report], pk: int) -> Report:
    """The report of this number, if it is one of these; `Http404` otherwise."""
    report = reports.filter(pk=pk).first()
    if report is None:
        raise Http404
    return report


def _one_report(request: MemberRequest, found: Report, access: RoomAccess | None) -> HttpResponse:
    """The report's page, or what comes of its form; `access` is `None` on the site staff's side."""
    form = OutcomeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _report_page(request, found, access, form, 422 if form.is_bound else 200)
    close = VERDICTS[form.cleaned_data["verdict"]]
    try:
        close(actor=request.user, report=found, outcome=form.cleaned_data["outcome"])
    except (actions.ReportTaken, actions.ReportClosed) as refusal:
        return _too_late(request, found, access, refusal, form)
    messages.success(request, _("The report is closed."))
    return redirect(_queue(found, access))


def _queue(found: Report, access: RoomAccess | None) -> str:
    return reverse("rooms:room-reports", args=[found.room.slug]) if access else reverse("rooms:staff-reports")


def _too_late(
    request: MemberRequest,
    found: Report,
    access: RoomAccess | None,
    refusal: actions.ReportTaken | actions.ReportClosed,
    form: OutcomeForm | None = None,
) -> HttpResponse:
    """The report as it is now, with why nothing was done, and whatever was typed."""
    form = form or OutcomeForm()
    fresh = found_in(reports_of_room(access) if access else reports_of_all_rooms(request.user), found.pk)
    return _report_page(request, fresh, access, form, 409, refusal.explain())


def _report_page(
    request: MemberRequest,
    found: Report,
    access: RoomAccess | None,
    form: OutcomeForm,
    status: int,
    refusal: str = "",
) -> HttpResponse:
    context = {
        "room": found.room,
        "access": access,
        "case": case_of(request.user, found, access),
        "report": found,
        "form": form,
        "refusal": refusal,
        "queue": _queue(found, access),
        "handled_by_other": who_looks(found) not in {None, request.user},
    }
    template = "rooms/reports/report.html" if access else "rooms/reports/staff_report.html"
    return render(request, template, context, status=status)


# --- Site staff ---------------------------------------------------------------------------------


def _require_staff(request: MemberRequest) -> None:
    """To everybody else there is no such page."""
    if not request.user.is_staff:
        raise Http404


@member_required
@require_safe
def staff_reports(request: MemberRequest) -> HttpResponse:
    _require_staff(request)
    page = unresolved_everywhere(request.user, _after(request))
    return render(request, "rooms/reports/staff_reports.html", {"page": page})


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def staff_report(request: MemberRequest, pk: int) -> HttpResponse:
    _require_staff(request)
    return _one_report(request, found_in(reports_of_all_rooms(request.user).filter(room__deleted_at=None), pk), None)


# --- The audit log ------------------------------------------------------------------------------


@member_required
@require_safe
def room_audit(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.VIEW_AUDIT_LOG)
    asked = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in ("deed", "actor", "subject")}
    if asked["deed"] not in {"", *Deed.values}:
        raise Http404
    page = audit_page(access, **asked, after=_after(request))
    context = {"room": access.room, "access": access, "page": page, "asked": asked, "deeds": Deed.choices}
    return render(request, "rooms/reports/room_audit.html", context)
