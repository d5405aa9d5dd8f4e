"""What the pages of reports and of the audit log say of a deed, and how many reports wait."""

from django import template

from rooms.access import RoomAccess
from rooms.reports.audit import deed_words as _deed_words
from rooms.reports.audit import details_words as _details_words
from rooms.reports.queue import waiting

register = template.Library()
register.filter("deed_words", _deed_words)
register.filter("details_words", _details_words)


@register.simple_tag
def waiting_reports(access: RoomAccess) -> int:
    """How many of the room's reports that this person may read nobody has closed."""
    return waiting(access)
