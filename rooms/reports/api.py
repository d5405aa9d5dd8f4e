"""The REST edge of reports and of the audit log."""

from typing import Any

from django.http import Http404
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.schema import described
from rooms import access as door
from rooms import actions, permissions
from rooms.access import Person, RoomAccess
from rooms.models import Report
from rooms.models.report import ReportStatus

from .audit import AuditPage, audit_page
from .queue import (
    ReportsPage,
    case_of,
    filed_by,
    reports_of_all_rooms,
    reports_of_room,
    shelf_of,
    unresolved_everywhere,
)
from .serializers import (
    AuditPageSerializer,
    AuditQuery,
    CaseSerializer,
    FileReportSerializer,
    MyReportPageSerializer,
    MyReportSerializer,
    OutcomeSerializer,
    PageQuery,
    ReportPageSerializer,
    ReportQuery,
    ReportSerializer,
    VerdictSerializer,
)
from .views import VERDICTS, found_in, reported_member, reported_message


class Reports(Endpoint):
    @described("list_reports", query=ReportQuery, answers={200: ReportPageSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """The room's queue: what waits in the order it came, what is closed the latest first."""
        access = door.get_room(request.user, slug, permissions.HANDLE_REPORTS)
        asked = understood(ReportQuery(data=request.query_params))
        page = shelf_of(access, asked["shelf"], asked.get("after"))
        return Response(ReportPageSerializer(_listed(page)).data)

    @described(
        "file_report", asks=FileReportSerializer, answers={201: MyReportSerializer}, refuses=[401, 404, 409, 429]
    )
    @login_required
    def post(self, request: Request, actor: User, slug: str) -> Response:
        """Ask the moderators to look at a message or a member."""
        access = door.get_room(actor, slug, permissions.FILE_REPORTS)
        asked = understood(FileReportSerializer(data=request.data))
        message = None
        if "message" in asked:
            subject, message = reported_message(access, asked["message"])
        else:
            subject = reported_member(access, asked["member"])
        report = actions.file_report(
            actor=actor, room=access.room, subject=subject, message=message, reason=asked["reason"]
        )
        return Response(MyReportSerializer(report).data, status=status.HTTP_201_CREATED)


class OneReport(Endpoint):
    @described("get_report", answers={200: CaseSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str, report_id: int) -> Response:
        """One report with its context."""
        access, report = _report(request.user, slug, report_id)
        return Response(CaseSerializer(case_of(access.actor, report, access)).data)


class Claim(Endpoint):
    @described("claim_report", answers={200: ReportSerializer}, refuses=[401, 404, 409])
    @login_required
    def post(self, request: Request, actor: User, slug: str, report_id: int) -> Response:
        """Take a report on; the other moderators see who looks at it."""
        _access, report = _report(actor, slug, report_id)
        return _done(actions.claim_report, actor=actor, report=report)

    @described("release_report", answers={200: ReportSerializer}, refuses=[401, 404, 409])
    @login_required
    def delete(self, request: Request, actor: User, slug: str, report_id: int) -> Response:
        """Give a report back to the others."""
        _access, report = _report(actor, slug, report_id)
        return _done(actions.release_report, actor=actor, report=report)


class Resolve(Endpoint):
    @described("resolve_report", asks=OutcomeSerializer, answers={200: ReportSerializer}, refuses=[401, 404, 409])
    @login_required
    def post(self, request: Request, actor: User, slug: str, report_id: int) -> Response:
        """Close a report about which something was done; the reporter is told."""
        _access, report = _report(actor, slug, report_id)
        asked = understood(OutcomeSerializer(data=request.data))
        return _done(actions.resolve_report, actor=actor, report=report, outcome=asked["outcome"])


class Dismiss(Endpoint):
    @described("dismiss_report", asks=OutcomeSerializer, answers={200: ReportSerializer}, refuses=[401, 404, 409])
    @login_required
    def post(self, request: Request, actor: User, slug: str, report_id: int) -> Response:
        """Close a report about which nothing had to be done; the reporter is told."""
        _access, report = _report(actor, slug, report_id)
        asked = understood(OutcomeSerializer(data=request.data))
        return _done(actions.dismiss_report, actor=actor, report=report, outcome=asked["outcome"])


class MyReports(Endpoint):
    @described("list_my_reports", query=PageQuery, answers={200: MyReportPageSerializer}, refuses=[401])
    @login_required
    def get(self, request: Request, actor: User) -> Response:
        """What one has reported, and what came of it."""
        asked = understood(PageQuery(data=request.query_params))
        return Response(MyReportPageSerializer(_listed(filed_by(actor, asked.get("after")))).data)


class StaffReports(Endpoint):
    @described("list_unresolved_reports", query=PageQuery, answers={200: ReportPageSerializer}, refuses=[401, 404])
    @login_required
    def get(self, request: Request, actor: User) -> Response:
        """What waits in all rooms, for site staff; to others there is no such address."""
        _require_staff(actor)
        asked = understood(PageQuery(data=request.query_params))
        return Response(ReportPageSerializer(_listed(unresolved_everywhere(actor, asked.get("after")))).data)


class StaffReport(Endpoint):
    @described("get_report_as_staff", answers={200: CaseSerializer}, refuses=[401, 404])
    @login_required
    def get(self, request: Request, actor: User, report_id: int) -> Response:
        """One report of any room with its context, for site staff."""
        _require_staff(actor)
        return Response(CaseSerializer(case_of(actor, _of_any_room(actor, report_id), None)).data)

    @described(
        "close_report_as_staff", asks=VerdictSerializer, answers={200: ReportSerializer}, refuses=[401, 404, 409]
    )
    @login_required
    def post(self, request: Request, actor: User, report_id: int) -> Response:
        """Resolve or dismiss a report of any room."""
        _require_staff(actor)
        report = _of_any_room(actor, report_id)
        asked = understood(VerdictSerializer(data=request.data))
        close = VERDICTS[ReportStatus(asked["verdict"])]
        return _done(close, actor=actor, report=report, outcome=asked["outcome"])


class AuditLog(Endpoint):
    @described("list_audit_entries", query=AuditQuery, answers={200: AuditPageSerializer}, refuses=[401, 403, 404])
    def get(self, request: Request, slug: str) -> Response:
        """What was done in the room by whom, to whom, when and why."""
        access = door.get_room(request.user, slug, permissions.VIEW_AUDIT_LOG)
        asked = understood(AuditQuery(data=request.query_params))
        return Response(AuditPageSerializer(_listed(audit_page(access, **asked))).data)


def _require_staff(actor: User) -> None:
    if not actor.is_staff:
        raise Http404


def _report(user: Person, slug: str, report_id: int) -> tuple[RoomAccess, Report]:
    access = door.get_room(user, slug, permissions.HANDLE_REPORTS)
    return access, found_in(reports_of_room(access), report_id)


def _of_any_room(actor: User, report_id: int) -> Report:
    return found_in(reports_of_all_rooms(actor).filter(room__deleted_at=None), report_id)


def _done(action: Any, **arguments: Any) -> Response:
    return Response(ReportSerializer(action(**arguments)).data)


def _listed(page: ReportsPage | AuditPage) -> dict[str, Any]:
    results = page.reports if isinstance(page, ReportsPage) else page.entries
    return {"results": results, "next": page.next or None}
