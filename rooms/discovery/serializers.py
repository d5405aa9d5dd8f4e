from typing import Any

from rest_framework import serializers

from accounts.serializers import PersonSerializer
from eclipse.api.fields import Choice, FormSerializer, Id, Text
from rooms.models import GameTag
from rooms.permissions import Role
from rooms.reasons import ReasonSerializer
from rooms.serializers import GameTagSerializer

from .forms import GameTagForm
from .search import LONGEST_QUERY


class GameTagListSerializer(serializers.Serializer[Any]):
    results = GameTagSerializer(many=True)


class WaitingTagSerializer(GameTagSerializer):
    """A game that somebody proposed."""

    proposed_by = PersonSerializer(allow_null=True)


class WaitingTagListSerializer(serializers.Serializer[Any]):
    results = WaitingTagSerializer(many=True)


class GameTagQuery(serializers.Serializer[Any]):
    q = Text(
        default="",
        allow_blank=True,
        max_length=LONGEST_QUERY,
        help_text="Each of its words stands in the game's names.",
    )


class AddGameTagSerializer(FormSerializer):
    """A game by its name, an alias, or what looks like one of them; one that is not known is proposed."""

    form_class = GameTagForm

    name = Text(max_length=GameTag._meta.get_field("name").max_length)


class MergeGameTagSerializer(serializers.Serializer[Any]):
    into = Id(help_text="The game that stays.")


class StaffRoleSerializer(ReasonSerializer):
    role = Choice(choices=Role.choices)

    def validate_role(self, role: str) -> Role:
        return Role(role)
