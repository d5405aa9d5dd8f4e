from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from eclipse.api.fields import Choice, Text
from rooms.actions.roles import CHANGEABLE
from rooms.permissions import LABELS, RIGHTS, Role
from rooms.reasons import ReasonSerializer

CODENAMES = [right.codename for right in RIGHTS]
GIVEN_ROLES = [role.value for role in CHANGEABLE]


class Rights(serializers.MultipleChoiceField):
    """A list of codenames."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=CODENAMES, **options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        for each in data:
            if not isinstance(each, str) or each not in LABELS:
                self.fail("invalid_choice", input=each if isinstance(each, str) else type(each).__name__)
        return frozenset(data)

    def to_representation(self, value: Any) -> Any:
        return [codename for codename in CODENAMES if codename in value]


class MatrixSerializer(serializers.Serializer[Any]):
    """What each role may do."""

    creator = Rights(read_only=True)
    moderator = Rights(read_only=True)
    user = Rights(read_only=True)
    guest = Rights(read_only=True, help_text="Who is not a member, in this room.")


class StateSerializer(serializers.Serializer[Any]):
    """What roles may do, as the last answer told it."""

    moderator = Rights(required=False)
    user = Rights(required=False)


class EditMatrixSerializer(ReasonSerializer):
    """All that a role shall be able to do; a role that is left out stays as it is."""

    moderator = Rights(required=False)
    user = Rights(required=False)
    was = StateSerializer(
        help_text="What each role that is changed could do when you decided; 409 if that has changed."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if any(role in attrs and role not in attrs["was"] for role in GIVEN_ROLES):
            raise serializers.ValidationError({"was": [_("Tell what each role that you change could do before.")]})
        return attrs


class EditMemberSerializer(ReasonSerializer):
    """What is left out stays as it is."""

    role = Choice(required=False, choices=GIVEN_ROLES)
    nickname = Text(required=False, allow_blank=True, help_text="In this room only; empty: the own name.")

    def validate_role(self, value: str) -> Role:
        return Role(value)


class TransferSerializer(ReasonSerializer):
    to = Text(help_text="The username of the member who is to be the creator.")
    confirmation = Text(help_text="The room's name.")
