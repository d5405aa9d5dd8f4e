"""Markdown as it is written in a chat: what becomes of it, and what cannot be smuggled in."""

import html
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rooms import markdown
from rooms.markdown import ALLOWED_ATTRIBUTES, ALLOWED_TAGS, MAX_NESTING, MAX_SPOILERS, plain_line, render
from rooms.validators import MAX_BODY_LENGTH


class Elements(HTMLParser):
    """What a browser would find: the elements with their attributes, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.depth = self.deepest = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in {"br", "input"}:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.found]

    def hrefs(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.found if "href" in attributes]


class TestWriting:
    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ("Land ahoy", "<p>Land ahoy</p>"),
            ("*soft* and _soft_", "<p><em>soft</em> and <em>soft</em></p>"),
            ("**loud** and __loud__", "<p><strong>loud</strong> and <strong>loud</strong></p>"),
            ("~~gone~~", "<p><s>gone</s></p>"),
            ("`x < y`", "<p><code>x &lt; y</code></p>"),
            ("one\ntwo", "<p>one<br>\ntwo</p>"),
            ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
            ("> said\n> so", "<blockquote>\n<p>said<br>\nso</p>\n</blockquote>"),
            ("- rum\n- rope", "<ul>\n<li>rum</li>\n<li>rope</li>\n</ul>"),
            ("3. rum\n4. rope", '<ol start="3">\n<li>rum</li>\n<li>rope</li>\n</ol>'),
            (r"\*not soft\*", "<p>*not soft*</p>"),
            ("snake_case_name", "<p>snake_case_name</p>"),
            ("&copy; &amp; &#9731;", "<p>© &amp; ☃</p>"),
            ("5 > 3 && 2 < 4", "<p>5 &gt; 3 &amp;&amp; 2 &lt; 4</p>"),
            ("Привет, **мир** 🌘", "<p>Привет, <strong>мир</strong> 🌘</p>"),
            ("\n\n  Ahoy  \n\n", "<p>Ahoy</p>"),
            # A message is a few lines in a conversation, not a document.
            ("# Title", "<p># Title</p>"),
            ("***", "<p>***</p>"),
            ("![a cat](https://example.org/cat.png)", None),
        ],
    )
    def test_what_is_typed_is_shown(self, typed: str, shown: str | None) -> None:
        if shown is None:
            assert "img" not in Elements(render(typed)).tags
        else:
            assert render(typed) == shown

    def test_a_link_opens_what_it_says_and_gives_nothing_away(self) -> None:
        [(tag, attributes)] = Elements(render("[the map](https://example.org/map?a=1&b=2)")).found[1:]
        assert tag == "a"
        assert attributes["href"] == "https://example.org/map?a=1&b=2"
        assert set((attributes["rel"] or "").split()) == {"nofollow", "noopener", "noreferrer", "ugc"}

    @pytest.mark.parametrize(
        ("typed", "href"),
        [
            ("see https://example.org/a_b_c for more", "https://example.org/a_b_c"),
            ("(https://example.org)", "https://example.org"),
            ("https://example.org.", "https://example.org"),
            ("www.example.org", "http://www.example.org"),
            ("alice@example.org", "mailto:alice@example.org"),
            ("<https://example.org>", "https://example.org"),
            ("https://пример.рф/путь", "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C"),
        ],
    )
    def test_an_address_becomes_a_link_by_itself(self, typed: str, href: str) -> None:
        assert Elements(render(typed)).hrefs() == [href]

    def test_no_link_in_code(self) -> None:
        for typed in ("`https://example.org`", "```\nhttps://example.org\n```"):
            assert Elements(render(typed)).hrefs() == []

    def test_a_code_block_is_kept_to_the_character(self) -> None:
        code = "def  f(x):\n\n    return `x` * **2**  # <b> ||no|| &amp;\n"
        page = Elements(render(f"```\n{code}```"))
        assert page.tags == ["pre", "code"]
        assert page.text == code

    def test_a_code_block_in_a_known_language_is_coloured(self) -> None:
        page = Elements(render('```python\nprint("ahoy")  # <b>\n```'))
        assert {attributes.get("class") for tag, attributes in page.found if tag == "span"} >= {"nb", "s2", "c1"}
        assert page.text == 'print("ahoy")  # <b>\n'

    @pytest.mark.parametrize("language", ["pirate", "", "python</code>", '"onclick="x', "text", "💥"])
    def test_any_other_language_is_plain(self, language: str) -> None:
        page = Elements(render(f"```{language}\nprint(1)\n```"))
        assert page.tags == ["pre", "code"]
        assert page.text == "print(1)\n"

    def test_an_indented_block_is_code_too(self) -> None:
        assert Elements(render("so:\n\n    x = 1\n")).tags == ["p", "pre", "code"]


class TestSpoilers:
    def covered(self, source: str) -> str:
        """What is under the covers."""
        html = render(source)
        parts = html.split('<span class="spoiler__text">')[1:]
        return " ".join(Elements(part.split("</label>")[0]).text for part in parts)

    def test_a_spoiler_is_covered_until_asked_for(self) -> None:
        html = render("The butler ||did *it*|| !")
        assert html == (
            '<p>The butler <label class="spoiler"><input class="spoiler__toggle" type="checkbox">'
            '<span class="spoiler__cover" data-word="spoiler"></span>'
            '<span class="spoiler__text">did <em>it</em></span></label> !</p>'
        )

    @pytest.mark.parametrize(
        ("typed", "hidden"),
        [
            ("||it||", "it"),
            ("a||b||c||d||e", "b d"),
            ("**||it||**", "it"),
            ("||one\ntwo||", "one\ntwo"),
            ("[||it||](https://example.org)", "it"),
            ("> ||it||", "it"),
            ("- ||it||", "it"),
            ("||`it`||", "it"),
            # What looks like an empty spoiler before it must not lay the next one open.
            ("|||| ||it||", "it"),
            ("|| || ||it||", "it"),
            ("|||it||", "|it"),
        ],
    )
    def test_what_is_between_bars_is_covered(self, typed: str, hidden: str) -> None:
        assert self.covered(typed) == hidden

    @pytest.mark.parametrize("typed", ["a | b", "||", "||||", "|| ||", "||open", "if a || b", r"\||it||", "`||it||`"])
    def test_what_is_no_spoiler_stays_as_it_is(self, typed: str) -> None:
        assert "spoiler" not in render(typed)
        assert Elements(render(typed)).text.strip() == typed.replace("\\", "").replace("`", "")

    @pytest.mark.parametrize("typed", ["**a ||b** it||", "||*a|| b*", "*||a* it||", "~~||it~~ it||", "||[a|| it](b)"])
    def test_crossed_markup_uncovers_nothing(self, typed: str) -> None:
        html = render(typed)
        assert markdown._cleaner().clean(html) == html
        if "spoiler" in html:
            inside = typed.split("||")[1].strip("*~[]")
            assert inside.replace("*", "").replace("~", "") in self.covered(typed).replace("*", "").replace("~", "")

    def test_spoilers_in_spoilers_and_too_many_of_them_are_bounded(self) -> None:
        html = render("||a|| " * 500)
        assert html.count("<label") == MAX_SPOILERS
        assert render("||" * 2000).count("<label") <= MAX_SPOILERS


class TestQuotedLine:
    @pytest.mark.parametrize(
        ("typed", "line"),
        [
            ("**Land** *ho*!\n\n- rum\n- rope", "Land ho! rum rope"),
            ("The butler ||did it||", "The butler ▒▒▒"),
            ("||one\n\ntwo|| three", "▒▒▒ three"),
            ("`a < b` & c", "a < b & c"),
            ("<b>bold</b>", "<b>bold</b>"),
            ("[map](https://example.org)", "map"),
            ("", ""),
        ],
    )
    def test_a_message_in_one_line(self, typed: str, line: str) -> None:
        assert plain_line(typed) == line

    def test_a_long_one_is_cut(self) -> None:
        assert plain_line("word " * 100, 20) == "word word word word…"
        assert len(plain_line("x" * 4000)) == 120

    def test_a_spoiler_stays_covered_wherever_the_line_is_cut(self) -> None:
        for before in range(0, 4000, 7):
            assert "secret" not in plain_line("x" * before + "||" + "secret " * 100 + "||", 5000)

    def test_only_the_beginning_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each page that shows an answer makes this line: an answered bomb must not cost every reader a rendering."""
        seen: list[int] = []
        parser = markdown._parser()

        class Watched:
            def render(self, source: str) -> str:
                seen.append(len(source))
                return parser.render(source)

        monkeypatch.setattr(markdown, "_parser", Watched)
        plain_line("http://[" * 500)
        assert seen
        assert max(seen) <= 1000


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<input autofocus onfocus=alert(1)>",
    "<label class=spoiler><input type=checkbox></label>",
    "<!-- --><b>",
    "<![CDATA[<script>]]>",
    "<?php echo 1 ?>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x]( \x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](DATA:text/html,<script>alert(1)</script>)",
    "[x](data:image/png;base64,AAAA)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://example.org/1)",
    "[x](ws://example.org)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    '[x](https://example.org "onmouseover=alert(1)")',
    '[x](https://example.org/"onmouseover="alert(1))',
    "[x](https://example.org/'><script>alert(1)</script>)",
    "https://example.org/<script>alert(1)</script>",
    'https://example.org/"onmouseover="alert(1)',
    "[a]: javascript:alert(1)\n\n[a]",
    "```<script>\nalert(1)\n```",
    '```python" onload="x\n1\n```',
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "||<script>alert(1)</script>||",
    "||</span></label><script>||",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\x00<script>\x00",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "\u202e<gnp.tac\u202c",
    "<\u200bscript>",
    "＜script＞alert(1)＜/script＞",
]
WEB = {"http", "https", "mailto", ""}


def assert_harmless(html: str) -> None:
    page = Elements(html)
    for tag, attributes in page.found:
        assert tag in ALLOWED_TAGS
        assert set(attributes) <= ALLOWED_ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())
        if tag == "input":
            assert attributes == {"class": "spoiler__toggle", "type": "checkbox"}
    for href in page.hrefs():
        assert urlsplit(href).scheme in WEB
    # What was cleaned once is clean: a second sanitiser with the same rules finds nothing to change.
    assert markdown._cleaner().clean(html) == html


class TestAttacks:
    @pytest.mark.parametrize("typed", ATTACKS)
    def test_nothing_that_acts_gets_through(self, typed: str) -> None:
        html = render(typed)
        assert_harmless(html)
        assert "<script" not in html.lower()

    @pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "<b>bold</b>", "a <- b -> c", "</p>"])
    def test_html_is_shown_as_it_was_typed(self, typed: str) -> None:
        assert Elements(render(typed)).text == typed

    def test_no_text_runs_against_its_own_letters(self) -> None:
        """A file's name could end otherwise than it seems to. What Arabic and Hebrew need is kept."""
        assert render("photo\u202egpj.exe") == "<p>photogpj.exe</p>"
        assert plain_line("photo\u202dgpj.exe") == "photogpj.exe"
        assert render("\u2067שלום\u2069!\u200f") == "<p>\u2067שלום\u2069!\u200f</p>"

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                ["*", "_", "**", "~~", "`", "```\n", "||", "> ", "- ", "1. ", "[", "](", ")", "<", ">", "&", "#", "!",
                 "\\", "\n", " ", "    ", "a", "я", "http://", "www.a.co", "a@b.co", "javascript:", "data:", "<script>",
                 "</span>", "&#x6a;", '"', "'", "\x00", "\u202e", "\u200b", "🌘", "c\n", "python\n"]
            ),
            max_size=60,
        ).map("".join)
        | st.text(max_size=200)
    )  # fmt: skip
    @example("||a `b||` c||")
    @example("*||a* b||")
    @example("> ||a\n> b||\nc||")
    def test_whatever_is_typed_only_harmless_markup_comes_out(self, typed: str) -> None:
        assert_harmless(render(typed))
        line = plain_line(typed)
        assert "\n" not in line
        assert len(line) <= 120


BOMBS = [
    "*", "_", "**a ", "*a **a ", "[", "[a](", "![", "`", "`a", "||", "||a", "~~", "> ", ">", "- ", "- - ", "> - ",
    "1. ", "<", "<a", "&", "\\", "\\\n", "a\n", "\n", "http://", "http://[", "://", "//a.co ", "www.", "a.", "a.co ",
    "a@b.co ", "*_", "_a*", "[[[]]]", "```\n", "```c\n;\n```\n", "    a\n", "a\n\n", "> a\n\n", "- a\n  - b\n", "*a*",
    "`a`", "[a](b) ", "<b@c.de>", "&#x41;", "||*a||*", "||```||", "a||b`||`", "\u202e", "🌘", "\x00",
]  # fmt: skip


class TestBombs:
    @pytest.mark.parametrize("piece", BOMBS)
    def test_a_bomb_stays_small(self, piece: str) -> None:
        html = render((piece * MAX_BODY_LENGTH)[:MAX_BODY_LENGTH])
        page = Elements(html)
        assert len(html) <= 16 * MAX_BODY_LENGTH
        assert len(page.found) <= MAX_BODY_LENGTH / 2 + 10
        # Markdown's own nesting, and what stands in one of its elements (a spoiler is three deep).
        assert page.deepest <= 2 * MAX_NESTING + 4

    def test_only_so_much_code_is_coloured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lexers take a time that grows with the square of odd code: the whole message has one allowance."""
        coloured: list[int] = []
        highlight = markdown.highlight

        def watched(code: str, *rest: object) -> str:
            coloured.append(len(code))
            return str(highlight(code, *rest))

        monkeypatch.setattr(markdown, "highlight", watched)
        assert Elements(render("```c\n" + "\n" * 3900 + "." + "```")).tags == ["pre", "code"]
        assert coloured == []
        render(("```c\n" + "int i;\n" * 60 + "```\n") * 8)
        assert len(coloured) == markdown.MAX_HIGHLIGHTED // 420
        assert sum(coloured) <= markdown.MAX_HIGHLIGHTED
        # The next message has an allowance of its own.
        assert "<span" in render("```c\nint i;\n```")

    @pytest.mark.parametrize("language", ["autoit", "gherkin", "autohotkey", "html+ng2", "markdown", "http"])
    def test_lexers_that_nobody_vouches_for_are_not_used(self, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
        """Some take seconds over a few spaces, and some call others by a name that stands in the code."""
        monkeypatch.setattr(markdown, "highlight", lambda *_: pytest.fail(f"{language} was coloured"))
        assert Elements(render(f"```{language}\n . \n \n```")).tags == ["pre", "code"]

    def test_every_language_that_is_coloured_is_there(self) -> None:
        for language in [*markdown.LANGUAGES, "Python"]:
            assert "x" in render(f"```{language}\nx = 1\n```"), language


def test_the_sanitiser_is_asked_for_what_the_parser_makes() -> None:
    """Nothing of the parser's own output may be lost: what the sanitiser strips is only what an attacker added."""
    typed = "**a** *b* ~~c~~ `d` [e](https://example.org) ||f||\n\n> g\n\n- h\n\n2. i\n\n```python\nj = 1\n```\nk\nl"
    assert set(Elements(render(typed)).tags) == ALLOWED_TAGS
    assert nh3.clean(render(typed), tags=ALLOWED_TAGS, attributes=ALLOWED_ATTRIBUTES).count("class=") == render(
        typed
    ).count("class=")


class TestNothingIsSwallowed:
    """What somebody wrote is seen, whatever Markdown would make of it."""

    @pytest.mark.parametrize("text", ["+", "-", "*", "1.", "5.", "5)", ">", "> >", "```\n```", "+\n-", ">" * 4000])
    def test_marks_alone_are_text(self, text: str) -> None:
        shown = html.unescape(re.sub(r"<[^>]*>", "", markdown.render(text)))
        assert shown.split() == text.split()

    def test_a_plus_is_a_plus(self) -> None:
        assert "+ (tank)" in markdown.render("+ (tank)")
        assert "<li>" not in markdown.render("+ one\n+ two")
        assert markdown.render("- one\n- two").count("<li>") == 2

    @pytest.mark.parametrize("mark", ["- ", "> ", "1. "])
    def test_the_deepest_line_is_still_there(self, mark: str) -> None:
        indent = "   " if mark == "1. " else "  "
        nested = "\n".join(f"{indent * depth}{mark}deep{depth}" for depth in range(20))
        quoted = "> " * 20 + "look at this"
        assert "look at this" in markdown.render(quoted)
        shown = markdown.render(nested)
        assert all(f"deep{depth}" in shown for depth in range(20))

    @pytest.mark.parametrize(
        "url", ["http://" + "a." * 130 + "com", "https://xn--a.com/x", "https://xn--e1afmkfd.xn--p1ai/"]
    )
    def test_an_address_is_shown_as_it_was_typed(self, url: str) -> None:
        assert url in markdown.render(f"see {url} now")

    def test_marks_stacked_on_a_letter_stay_on_their_line(self) -> None:
        assert markdown.render("Z" + "\u0301" * 3000).count("\u0301") == 3
        assert markdown.plain_line("Z" + "\u0301" * 300).count("\u0301") == 3
        assert "\u0e1b\u0e39\u0e48" in markdown.render("ปู่")
