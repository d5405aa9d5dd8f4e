"""What an open page is answered when it asks what its reader may do now."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from rooms import actions
from rooms import permissions as p
from rooms.models import Channel
from rooms.models.channel import Audience
from rooms.permissions import Role
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.roles.conftest import grant, take
from tests.rooms.views.answers import HTMX, text_of


def asked(person: User | None, channel: Channel) -> str:
    address = f"/rooms/harbour/sidebar/?channel={channel.pk}&standing"
    return text_of(browser_of(person).get(address, headers=HTMX))


def test_the_composer_or_why_there_is_none(harbour: Harbour) -> None:
    for person in (harbour.alice, harbour.carol):
        answer = asked(person, harbour.general)
        assert 'event="standing_came" members="yes"' in answer
        assert 'id="composer"' in answer
        assert 'href="#message-body"' in answer
        assert 'id="gate"' not in answer
    take(harbour.room, Role.USER, p.SEND_MESSAGES, p.VIEW_MEMBERS)
    answer = asked(harbour.carol, harbour.general)
    assert 'event="standing_came" members=""' in answer
    assert "You may read here, but not write." in answer
    assert 'href="#messages"' in answer
    assert 'id="composer"' not in answer
    assert 'id="composer"' in asked(harbour.bob, harbour.general)
    assert "Join to write" in asked(harbour.mallory, harbour.general)


@pytest.mark.parametrize(("field", "value"), [("audience", Audience.READ_ONLY), ("is_locked", True)])
def test_as_the_channel_is_narrowed(harbour: Harbour, field: str, value: Any) -> None:
    Channel.objects.filter(pk=harbour.general.pk).update(**{field: value})
    assert 'id="gate"' in asked(harbour.carol, harbour.general)
    assert 'id="composer"' in asked(harbour.bob, harbour.general)


def test_what_hangs_on_rights_and_nothing_else(harbour: Harbour) -> None:
    answer = asked(harbour.carol, harbour.general)
    assert all(f'hx-target="#{part}"' in answer for part in ("channels", "tools", "skip"))
    assert not any(f'hx-target="#{part}"' in answer for part in ("rooms", "members", "header"))
    assert "Moderate the channel" not in answer
    assert "settings/channels/" not in answer
    grant(harbour.room, Role.USER, p.LOCK_CHANNELS, p.MANAGE_CHANNELS)
    answer = asked(harbour.carol, harbour.general)
    assert "Moderate the channel" in answer
    assert "settings/channels/" in answer


def test_a_page_that_was_away_is_told_with_its_sidebars(harbour: Harbour) -> None:
    address = f"/rooms/harbour/sidebar/?channel={harbour.general.pk}"
    answer = text_of(browser_of(harbour.carol).get(address, headers=HTMX))
    assert all(f'hx-target="#{part}"' in answer for part in ("rooms", "channels", "header", "members", "tools"))
    assert 'event="standing_came"' in answer


def test_a_page_without_a_text_channel_is_told_of_none(harbour: Harbour) -> None:
    voice = Channel.objects.voice().get(room=harbour.room)
    assert "standing_came" not in asked(harbour.carol, voice)
    assert "standing_came" not in asked(harbour.carol, harbour.strongbox)
    for number in ("x", "", "0", "9" * 30):
        answer = browser_of(harbour.carol).get(f"/rooms/harbour/sidebar/?channel={number}&standing", headers=HTMX)
        assert answer.status_code == 200
        assert "standing_came" not in text_of(answer)


def test_a_crowd_that_asks_at_once_costs_little(harbour: Harbour) -> None:
    client = browser_of(harbour.carol)
    costs = []
    for query in ("&standing", ""):
        address = f"/rooms/harbour/sidebar/?channel={harbour.general.pk}{query}"
        client.get(address, headers=HTMX)
        with CaptureQueriesContext(connection) as captured:
            client.get(address, headers=HTMX)
        costs.append(len(captured))
    assert costs[0] < costs[1]
    assert costs[0] <= 6


def test_whoever_may_not_know_of_the_channel_is_told_nothing(harbour: Harbour) -> None:
    bridge = actions.create_channel(actor=harbour.alice, room=harbour.room, name="bridge", audience=Audience.MODERATORS)
    assert "standing_came" not in asked(harbour.carol, bridge)
    assert "standing_came" in asked(harbour.bob, bridge)
