from django.urls import path

from . import api

# Below /api/.
urlpatterns = [
    path("chat/rooms/<slug:slug>/reports/", api.Reports.as_view(), name="reports"),
    path("chat/rooms/<slug:slug>/reports/<int:report_id>/", api.OneReport.as_view(), name="report"),
    path("chat/rooms/<slug:slug>/reports/<int:report_id>/claim/", api.Claim.as_view(), name="report-claim"),
    path("chat/rooms/<slug:slug>/reports/<int:report_id>/resolve/", api.Resolve.as_view(), name="report-resolve"),
    path("chat/rooms/<slug:slug>/reports/<int:report_id>/dismiss/", api.Dismiss.as_view(), name="report-dismiss"),
    path("chat/rooms/<slug:slug>/audit/", api.AuditLog.as_view(), name="audit"),
    path("reports/", api.MyReports.as_view(), name="my-reports"),
    path("staff/reports/", api.StaffReports.as_view(), name="staff-reports"),
    path("staff/reports/<int:report_id>/", api.StaffReport.as_view(), name="staff-report"),
]
