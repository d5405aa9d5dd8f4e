"""Somebody types a command into the composer."""

import html
import re
from dataclasses import dataclass

from accounts.models import User
from rooms.models import Message
from tests.rooms.conftest import browser_of
from tests.rooms.views.answers import GENERAL, SEND, errors_in, text_of


@dataclass(frozen=True)
class Said:
    """What somebody reads who has typed a command, and whether it was done."""

    done: bool
    words: str


def typed(user: User, text: str, answering: Message | None = None, channel: str = GENERAL) -> Said:
    """`text`, typed into a channel's composer; as an answer to a message, where one is given."""
    form = {"body": text} | ({"reply_to": answering.pk} if answering is not None else {})
    answer = browser_of(user).post(SEND.replace(GENERAL, channel), form, follow=True)
    if answer.status_code == 200:
        return Said(True, _notices(text_of(answer)))
    assert answer.status_code in {422, 429}, answer.status_code
    return Said(False, " ".join(errors_in(answer)))


def _notices(page: str) -> str:
    found = re.search(r'<div class="notices"[^>]*>(.*?)</div>', page, re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", found[1]).split())) if found else ""
