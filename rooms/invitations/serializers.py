"""The JSON of invitations: what the REST edge answers, and what it may be asked."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import PersonSerializer
from eclipse.api.fields import Choice, FormSerializer, Id, Number
from rooms.models import Invitation
from rooms.serializers import Moment

from .door import InvitationAccess
from .forms import LIFETIMES, MOST_USES, USUAL_LIFETIME, InvitationForm


class GuestSerializer(serializers.Serializer[Any]):
    user = PersonSerializer()
    at = Moment()


class InvitationSerializer(serializers.Serializer[Invitation]):
    id = serializers.IntegerField(source="pk")
    code = serializers.CharField()
    path = serializers.CharField(source="get_absolute_url", help_text="What to send, with the host in front.")
    creator = PersonSerializer(allow_null=True)
    created_at = Moment()
    expires_at = Moment(allow_null=True)
    max_uses = serializers.IntegerField(allow_null=True)
    uses = serializers.IntegerField()
    revoked_at = Moment(allow_null=True)
    valid = serializers.BooleanField(source="is_valid", help_text="Whether somebody may still come by it.")


class ListedInvitationSerializer(InvitationSerializer):
    came = serializers.IntegerField(help_text="How many came by it.")
    guests = GuestSerializer(many=True, help_text="The latest of them.")


class InvitationPageSerializer(serializers.Serializer[Any]):
    results = ListedInvitationSerializer(many=True, help_text="The latest first.")
    next = serializers.IntegerField(allow_null=True, help_text="The key of the next page: ask it as `after`.")


class InvitationViewSerializer(serializers.Serializer[InvitationAccess]):
    """The room behind a link, as it is shown before joining."""

    slug = serializers.SlugField(source="room.slug")
    name = serializers.CharField(source="room.name")
    description = serializers.CharField(source="room.description")
    member_count = serializers.SerializerMethodField()
    invited_by = PersonSerializer(source="invitation.creator", allow_null=True)
    joined = serializers.BooleanField(source="is_member")

    def get_member_count(self, access: InvitationAccess) -> int:
        return access.room.memberships.count()


class CreateInvitationSerializer(FormSerializer):
    """A new invitation."""

    form_class = InvitationForm

    lifetime = Choice(default=USUAL_LIFETIME, choices=LIFETIMES)
    max_uses = Number(required=False, allow_null=True, min_value=1, max_value=MOST_USES, help_text="Null: any number.")


class InvitationQuery(serializers.Serializer[Any]):
    after = Id(required=False, help_text="The `next` of the page before.")
