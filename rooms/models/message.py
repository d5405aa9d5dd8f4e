import uuid

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Length
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from eclipse.statements import Parameter, Statement
from rooms.validators import MAX_BODY_LENGTH, validate_body

from .channel import Channel
from .erasure import Erasure
from .membership import Membership

# For the constraint on `body__length`.
models.TextField.register_lookup(Length)


def _nickname_of(author: str) -> Coalesce:
    """What the author of a message is called in its room: nothing where they have no other name or are no member."""
    there = Membership.objects.filter(room=OuterRef("channel__room"), user=OuterRef(author)).order_by()
    return Coalesce(Subquery(there.values("nickname")), Value(""))


_nickname = Statement(
    lambda: (
        Membership.objects.filter(
            user=Parameter("user", get_user_model()._meta.pk),
            room__channels=Parameter("channel", Channel._meta.pk),
        )
        .order_by()
        .values_list("nickname")
    )
)


class MessageQuerySet(models.QuerySet["Message"]):
    def for_display(self) -> "MessageQuerySet":
        """With all that a message's fragment shows, in one query; without what is being erased."""
        being_erased = Erasure.objects.filter(
            channel=OuterRef("channel"),
            author=OuterRef("author"),
            since__lte=OuterRef("created_at"),
            until__gte=OuterRef("created_at"),
        )
        shown = self.filter(~Exists(being_erased) | models.Q(deleted_at__isnull=False))
        return shown.select_related("author", "reply_to", "reply_to__author").annotate(
            author_nickname=_nickname_of("author_id"), quoted_nickname=_nickname_of("reply_to__author_id")
        )


class Message(models.Model):
    """What somebody wrote in a channel.

    `body` is the Markdown as typed; `body_html` is what `rooms.markdown.render` made of it when it was written.
    A deleted message stays as a tombstone without its text, so that a page that was away learns of the deletion.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="messages")
    client_id = models.UUIDField(default=uuid.uuid4, editable=False)
    body = models.TextField(_("message"), blank=True, max_length=MAX_BODY_LENGTH, validators=[validate_body])
    body_html = models.TextField(blank=True, editable=False)
    reply_to = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replies")
    changed_seq = models.PositiveBigIntegerField(editable=False)
    created_at = models.DateTimeField(editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    pinned_at = models.DateTimeField(null=True, editable=False)

    objects = MessageQuerySet.as_manager()

    # What `for_display` looked up.
    author_nickname: str
    quoted_nickname: str

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["channel", "id"], name="message_by_page"),
            models.Index(fields=["channel", "changed_seq"], name="message_by_change"),
            models.Index(fields=["channel", "-pinned_at"], condition=models.Q(pinned_at__isnull=False), name="pinned"),
            # Slow mode, and the deletion of what a banned person wrote in the last hours.
            models.Index(fields=["author", "channel", "-created_at"], name="message_by_author"),
        ]
        constraints = [
            # A retry after a lost answer must find the message, never double it.
            models.UniqueConstraint(fields=["author", "client_id"], name="message_posted_once"),
            models.CheckConstraint(condition=models.Q(body__length__lte=MAX_BODY_LENGTH), name="message_not_too_long"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def nickname(self) -> str:
        """What the author is called in this room, where that is not their own name."""
        if not hasattr(self, "author_nickname"):
            # A message that was just written, or one that was looked up for something else than being shown.
            found = _nickname(user=self.author_id, channel=self.channel_id) if self.author_id is not None else []
            self.author_nickname = found[0][0] if found else ""
        return self.author_nickname

    @property
    def author_name(self) -> str:
        """What the author is called in this room; empty where the account is gone."""
        return self.nickname or (self.author.name if self.author is not None else "")

    @property
    def quoted_name(self) -> str:
        """What the author of the message that this one answers is called."""
        if self.reply_to is None:
            return ""
        if hasattr(self, "quoted_nickname"):
            self.reply_to.author_nickname = self.quoted_nickname
        return self.reply_to.author_name

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_pinned(self) -> bool:
        return self.pinned_at is not None

    def get_absolute_url(self) -> str:
        return reverse("rooms:message", args=[self.channel.room.slug, self.channel.slug, self.pk])
