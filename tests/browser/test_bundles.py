"""A browser reads the joined and shortened files exactly as it reads the small ones."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from eclipse.javascript import join_modules
from eclipse.stylesheets import minify
from tests.conftest import ROOT
from tests.test_static import ROOM, reader

RULES_OF_STYLESHEET = """
    (source) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(source);
        const plain = (text) => text.replace(/\\s+/g, " ").replace(/ ?([,{};]) ?/g, "$1");
        return [...sheet.cssRules].map((rule) => plain(rule.cssText));
    }
"""


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("path", sorted(ROOT.glob("static/css/*.css")), ids=lambda path: path.name)
def test_a_shortened_stylesheet_has_the_same_rules(path: Path, blank: Page) -> None:
    source = path.read_text()
    assert blank.evaluate(RULES_OF_STYLESHEET, minify(source)) == blank.evaluate(RULES_OF_STYLESHEET, source)


def test_joined_modules_do_what_the_modules_do(blank: Page) -> None:
    errors: list[str] = []
    blank.on("pageerror", lambda error: errors.append(str(error)))
    blank.set_content(f"<body></body><script type='module'>{join_modules('js/app.js', reader(ROOM))}</script>")
    blank.wait_for_function("document.body.textContent.includes('unread')")
    assert not errors
    assert blank.text_content("body") == "log loads first, and once; timeline 41; unread Timeline"


def test_shortened_code_computes_the_same(blank: Page) -> None:
    """The places where shortening JavaScript goes wrong: nested templates, regular expressions, signs, line ends."""
    source = r"""
        const name = "Anna";  // a name
        const nested = `a  ${ name + `  inner  ${ 1 + +1 }  ` }  b`;
        const found = ["a  b", 'say "x"'].map((s) => /a  b|"/.test(s));
        let count = 4 / 2 / 1; /* two */
        const signs = [count++ + +1, count - -1, - -count];
        const next = (() => {
            return
            count;
        })();
        class Box { #inside = 1
            static made
            *each() { yield this.#inside }
        }
        const spread = [...new Box().each()]
        document.body.textContent = JSON.stringify({ nested, found, signs, next: next ?? "none", spread })
    """
    results = []
    for code in (source, join_modules("app.js", reader({"app.js": source}))):
        blank.set_content("<body></body>")
        blank.add_script_tag(content=f"{{{code}}}")
        results.append(json.loads(blank.text_content("body") or ""))
    assert results[0] == results[1]
    assert results[0]["signs"] == [3, 4, 3]
