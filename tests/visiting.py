"""How a person's browser signs up and opens sockets, without being one."""

import httpx
from websockets import Origin
from websockets.sync.client import ClientConnection, connect


def post(browser: httpx.Client, path: str, **form: str) -> httpx.Response:
    """Post a form that a page of this browser holds."""
    answer = browser.post(path, data={**form, "csrfmiddlewaretoken": browser.cookies["csrftoken"]})
    assert answer.is_redirect, answer.text
    return answer


def sign_up(browser: httpx.Client, name: str) -> None:
    browser.get("/accounts/signup/").raise_for_status()
    answer = post(browser, "/accounts/signup/", username=name, password1="correct horse battery staple", email="")
    browser.get(answer.headers["Location"], follow_redirects=True).raise_for_status()


def open_socket(url: str, browser: httpx.Client, path: str = "/ws/presence/") -> ClientConnection:
    """The socket that a page of this browser opens."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return connect(f"{url}{path}".replace("http", "ws", 1), origin=Origin(url), additional_headers={"Cookie": cookies})
