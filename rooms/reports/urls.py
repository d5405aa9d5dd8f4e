from django.urls import path

from . import views

# Below /rooms/.
urlpatterns = [
    path("<slug:slug>/report/", views.report_create, name="report-create"),
    path("<slug:slug>/settings/reports/", views.room_reports, name="room-reports"),
    path("<slug:slug>/settings/reports/<int:pk>/", views.report, name="report"),
    path("<slug:slug>/settings/reports/<int:pk>/claim/", views.report_claim, name="report-claim"),
    path("<slug:slug>/settings/reports/<int:pk>/release/", views.report_release, name="report-release"),
    path("<slug:slug>/settings/audit/", views.room_audit, name="room-audit"),
]
# Of no room, or of all.
elsewhere = [
    path("reports/", views.my_reports, name="my-reports"),
    path("reports/<int:pk>/outcome/", views.report_outcome, name="report-outcome"),
    path("staff/reports/", views.staff_reports, name="staff-reports"),
    path("staff/reports/<int:pk>/", views.staff_report, name="staff-report"),
]
