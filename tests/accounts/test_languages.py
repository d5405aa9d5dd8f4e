import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from accounts.middleware import local_timezone
from accounts.models import User

pytestmark = pytest.mark.django_db

LOOKS = {"theme": "dark", "announcements": "all", "motion": "system"}
LOGIN = "/accounts/login/"
RUSSIAN = {"Accept-Language": "ru-RU,ru;q=0.9"}


def test_a_guest_is_answered_in_the_browsers_language(client: Client) -> None:
    response = client.get(LOGIN, headers=RUSSIAN)
    assert response["Content-Language"] == "ru"
    assert '<html lang="ru"' in response.content.decode()
    assert {"Accept-Language", "Cookie"} <= {part.strip() for part in response["Vary"].split(",")}


def test_a_language_that_is_not_there_becomes_english(client: Client) -> None:
    assert client.get(LOGIN, headers={"Accept-Language": "de"})["Content-Language"] == "en"


def test_a_guest_chooses_a_language(client: Client) -> None:
    client.post("/language/", {"language": "ru", "next": LOGIN})
    assert client.get(LOGIN)["Content-Language"] == "ru"


def test_the_language_in_the_settings_goes_before_cookie_and_browser(as_alice: Client, alice: User) -> None:
    as_alice.post("/language/", {"language": "ru"})
    User.objects.update(language="en")
    assert as_alice.get("/accounts/settings/", headers=RUSSIAN)["Content-Language"] == "en"


def test_after_logging_out_the_page_stays_in_the_language_of_the_settings(as_alice: Client) -> None:
    as_alice.post("/accounts/settings/", {"display_name": "", "language": "ru", **LOOKS})
    as_alice.post("/accounts/logout/")
    assert as_alice.get(LOGIN)["Content-Language"] == "ru"


def test_choosing_the_browsers_language_forgets_an_earlier_choice(as_alice: Client) -> None:
    as_alice.post("/accounts/settings/", {"display_name": "", "language": "ru", **LOOKS})
    as_alice.post("/accounts/settings/", {"display_name": "", "language": "", **LOOKS})
    assert as_alice.get("/accounts/settings/", headers={"Accept-Language": "en"})["Content-Language"] == "en"


def test_the_language_does_not_leak_into_the_next_request(client: Client) -> None:
    before = translation.get_language()
    client.get(LOGIN, headers=RUSSIAN)
    assert translation.get_language() == before


def zone_of(cookie: str | None) -> str:
    seen = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    request = RequestFactory().get("/")
    if cookie is not None:
        request.COOKIES["timezone"] = cookie
    local_timezone(answer)(request)
    return seen[0]


@pytest.mark.parametrize("cookie", ["Asia/Yekaterinburg", "Asia%2FYekaterinburg"])
def test_times_are_in_the_zone_that_the_page_told(cookie: str) -> None:
    assert zone_of(cookie) == "Asia/Yekaterinburg"
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize("cookie", [None, "", "Mars/Olympus", "../../etc/passwd", "Europe", "a" * 5000, "\x00"])
def test_a_zone_that_is_none_becomes_the_servers(cookie: str | None) -> None:
    assert zone_of(cookie) == "UTC"


def test_a_guests_page_asks_the_database_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        client.get(LOGIN)
