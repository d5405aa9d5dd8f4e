import re

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db

SETTINGS = "/accounts/settings/"
CHOSEN = {"display_name": "", "language": "", "theme": "dark", "announcements": "all", "motion": "system"}


def test_alice_changes_her_settings_and_they_stay(as_alice: Client, alice: User) -> None:
    chosen = {"language": "ru", "theme": "light", "announcements": "mentions", "motion": "reduced"}
    response = as_alice.post(SETTINGS, {"display_name": "  Алиса   🦊 ", **chosen})
    assert response["Location"] == SETTINGS

    alice.refresh_from_db()
    assert (alice.display_name, alice.language, alice.theme) == ("Алиса 🦊", "ru", "light")
    assert (alice.announcements, alice.motion) == ("mentions", "reduced")
    page = as_alice.get(SETTINGS).content.decode()
    assert '<html lang="ru" data-theme="light" data-motion="reduced" data-announcements="mentions">' in page
    assert re.findall(r'name="(announcements|motion)" value="(\w+)"[^>]* checked', page) == [
        ("announcements", "mentions"),
        ("motion", "reduced"),
    ]
    assert 'value="Алиса 🦊"' in page


def test_as_the_browser_is_a_choice_and_not_called_optional(as_alice: Client) -> None:
    page = as_alice.get(SETTINGS).content.decode()
    field = page[page.index('for="id_language"') : page.index("</select>")]
    assert "optional" not in field
    assert "required" not in field


def test_the_change_is_told(as_alice: Client) -> None:
    response = as_alice.post(SETTINGS, {**CHOSEN, "language": "en"}, follow=True)
    assert "Your settings are saved." in response.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "ali\u200bce",
        "\u202ealice",
        "ali\x00ce",
        "\u3164",
        "a" * 49,
        "a\u0301\u0301\u0301\u0301\u0301",
        # 40 letters that Unicode's composed form writes as 80.
        "\u0958" * 40,
    ],
)
def test_a_name_that_deceives_or_is_too_long_is_refused_and_kept_to_be_corrected(
    as_alice: Client, alice: User, name: str
) -> None:
    response = as_alice.post(SETTINGS, {**CHOSEN, "display_name": name})
    assert response.status_code == 422
    page = response.content.decode()
    assert 'aria-describedby="id_display_name_helptext id_display_name_error"' in page
    alice.refresh_from_db()
    assert (alice.display_name, alice.theme) == ("", "system")
    # The page's own heading must not show the refused name either.
    assert '<span class="me__name">alice</span>' in page


def test_markup_in_a_name_is_text(as_alice: Client, alice: User) -> None:
    as_alice.post(SETTINGS, {**CHOSEN, "display_name": "<script>alert(1)</script>"})
    page = as_alice.get(alice.get_absolute_url()).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "forged",
    [
        {"theme": "neon"},
        {"theme": ""},
        {"language": "tlh"},
        {"language": "browser"},
        {"announcements": "some"},
        {"announcements": ""},
        {"motion": "none"},
        {"motion": ""},
    ],
)
def test_a_forged_choice_is_refused(as_alice: Client, alice: User, forged: dict[str, str]) -> None:
    response = as_alice.post(SETTINGS, {**CHOSEN, "display_name": "x", **forged})
    assert response.status_code == 422
    alice.refresh_from_db()
    assert alice.display_name == ""


def test_whoever_has_chosen_nothing_hears_all_and_moves_as_the_system_does(client: Client, as_alice: Client) -> None:
    for page in (client.get("/"), as_alice.get("/")):
        assert 'data-motion="system" data-announcements="all">' in page.content.decode()


def test_settings_are_for_people_who_are_logged_in(client: Client) -> None:
    assert client.get(SETTINGS)["Location"] == "/accounts/login/?next=/accounts/settings/"
    assert client.post(SETTINGS, {"theme": "dark"}).status_code == 302
