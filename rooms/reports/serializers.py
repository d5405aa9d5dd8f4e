"""The JSON of reports and of the audit log: what the REST edge answers, and what it may be asked."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.serializers import PersonSerializer
from eclipse.api.fields import FormSerializer, Id, Text
from rooms.models import AuditEntry, Report
from rooms.models.audit_entry import Deed
from rooms.models.ban import REASON_LENGTH
from rooms.models.report import ReportStatus
from rooms.serializers import MessageSerializer, Moment

from .forms import OutcomeForm, ReportForm
from .queue import Case, Shelf

VERDICTS = [(status.value, status.label) for status in (ReportStatus.RESOLVED, ReportStatus.DISMISSED)]


class MyReportSerializer(serializers.Serializer[Report]):
    """A report as the person who filed it sees it."""

    id = serializers.IntegerField(source="pk")
    room = serializers.SlugField(source="room.slug")
    subject = PersonSerializer(allow_null=True, help_text="Whom it is about; null where the account is gone.")
    message = serializers.IntegerField(source="message_id", allow_null=True)
    quoted = serializers.CharField(help_text="The message as it was when it was reported.")
    reason = serializers.CharField()
    status = serializers.ChoiceField(choices=ReportStatus.choices)
    outcome = serializers.CharField(help_text="What the moderators say came of it; empty while it waits.")
    created_at = Moment()
    closed_at = Moment(allow_null=True)


class ReportSerializer(MyReportSerializer):
    """A report as moderators see it."""

    reporter = PersonSerializer(allow_null=True)
    claimed_by = PersonSerializer(allow_null=True, help_text="Who looks at it, or closed it.")


class DeedSerializer(serializers.Serializer[AuditEntry]):
    """An entry of the audit log."""

    id = serializers.IntegerField(source="pk")
    at = Moment(source="created_at")
    deed = serializers.ChoiceField(choices=Deed.choices)
    actor = PersonSerializer(allow_null=True, help_text="Null where the account is gone; `details` keeps the name.")
    subject = PersonSerializer(allow_null=True)
    channel = serializers.IntegerField(source="channel_id", allow_null=True)
    reason = serializers.CharField()
    details = serializers.DictField(help_text="Names as they were then, an end, a count: whatever the deed has.")


class CaseSerializer(serializers.Serializer[Case]):
    """A report with what a moderator should know to decide."""

    report = ReportSerializer()
    around = MessageSerializer(many=True, help_text="The message and its neighbours as they are now.")
    earlier = ReportSerializer(many=True, help_text="Earlier reports about the same person in this room.")
    deeds = DeedSerializer(many=True, help_text="The latest sanctions of the person in this room.")


class ReportPageSerializer(serializers.Serializer[Any]):
    results = ReportSerializer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The key of the next page: ask it as `after`.")


class MyReportPageSerializer(serializers.Serializer[Any]):
    results = MyReportSerializer(many=True, help_text="The latest first.")
    next = serializers.IntegerField(allow_null=True, help_text="The key of the next page: ask it as `after`.")


class AuditPageSerializer(serializers.Serializer[Any]):
    results = DeedSerializer(many=True, help_text="The latest first.")
    next = serializers.IntegerField(allow_null=True, help_text="The key of the next page: ask it as `after`.")


# --- Questions ----------------------------------------------------------------------------------


class FileReportSerializer(FormSerializer):
    """Whom or what to report: either `message` or `member`."""

    form_class = ReportForm

    reason = Text(max_length=REASON_LENGTH)
    message = Id(required=False, help_text="A message of this room.")
    member = Text(required=False, help_text="A member's username.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("message" in attrs) == ("member" in attrs):
            raise serializers.ValidationError(_("Name either a message or a member."))
        return super().validate(attrs)


class OutcomeSerializer(FormSerializer):
    """How a report ends."""

    form_class = OutcomeForm

    outcome = Text(max_length=REASON_LENGTH, help_text="What the reporter is told.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return super().validate({**attrs, "verdict": attrs.get("verdict", ReportStatus.RESOLVED)})


class VerdictSerializer(OutcomeSerializer):
    """How a report ends, and whether something was done about it."""

    verdict = serializers.ChoiceField(choices=VERDICTS)


class PageQuery(serializers.Serializer[Any]):
    after = Id(required=False, help_text="The `next` of the page before.")


class ReportQuery(PageQuery):
    shelf = serializers.ChoiceField(default=Shelf.OPEN, choices=Shelf.choices)


class AuditQuery(PageQuery):
    deed = serializers.ChoiceField(required=False, choices=Deed.choices)
    actor = Text(required=False, help_text="A username, or a name that somebody had then.")
    subject = Text(required=False, help_text="A username, or a name that somebody had then.")
