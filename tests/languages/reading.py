"""What a page shows or says, and whether that is Russian."""

import re
from html.parser import HTMLParser

from django.http import HttpResponse


class Shown(HTMLParser):
    """What a page shows or says to whoever reads it: text, labels, hints; not what people wrote in it."""

    HIDDEN = {"script", "style"}
    SPOKEN = {"alt", "aria-label", "placeholder", "title"}

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0
        self._english = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in self.HIDDEN:
            self._hidden += 1
        self.texts += [value for name, value in attrs if name in self.SPOKEN and value]
        if tag == "meta" and values.get("name") == "description":
            self.texts.append(values.get("content") or "")
        # The switch of languages tells each language's name in that language.
        self._english = tag == "button" and values.get("lang") == "en"

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden and not self._english and data.strip():
            self.texts.append(" ".join(data.split()))


# Names, and the words of the web that are written so in Russian too.
AS_THEY_ARE = {"Eclipse", "JavaScript", "general", "voice", "masha", "kirill", "example", "org", "testserver"} | {
    # Addresses of rooms, and what people call a game in any language.
    "lobby", "maiak", "prichal", "cs",
    # What stands on keys, and in a browser's address.
    "Ctrl", "Shift", "HTTPS",
}  # fmt: skip


def english_in(html: str) -> list[str]:
    page = Shown()
    page.feed(html)
    texts = (re.sub(r"\{\w+\}", "", text) for text in page.texts)
    return [text for text in texts if set(re.findall(r"[A-Za-z]{2,}", text)) - AS_THEY_ARE]


def assert_russian(response: HttpResponse) -> None:
    html = response.content.decode()
    assert 'lang="ru"' in html
    found = english_in(html)
    assert found == [], f"{found} {response.request['PATH_INFO']} ({response.status_code})"
