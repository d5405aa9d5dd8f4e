"""Markdown as it is written in a chat: rendered by markdown-it-py, sanitised by nh3, once, when a message is written.

Headings, images, tables and raw HTML are left out: a message is a few lines in a conversation, not a document.
"""

import html
import re
from collections.abc import Sequence
from functools import cache, lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

# Deeper than any quote that a person would write, and shallow enough that a bomb of ">>>>" stays small.
MAX_NESTING = 12
# Each is four elements: without a limit, 4,000 characters could put 2,600 elements on everybody's page.
MAX_SPOILERS = 20
# Lexers are regular expressions written for honest code, and a thousand newlines can take them as long as a book:
# past this length the code of a message is shown plain.
MAX_HIGHLIGHTED = 2000
# Those that take no more than a third of a second for that much of anything. Not among them: lexers that call another
# one by a name that stands in the code (markdown, http).
LANGUAGES = frozenset(
    {
        "bash", "bat", "batch", "c", "c#", "c++", "clojure", "cmake", "console", "cpp", "cs", "csharp", "css",
        "dart", "diff", "docker", "dockerfile", "elixir", "erlang", "f#", "fortran", "fsharp", "gdscript", "glsl",
        "go", "golang", "graphql", "haskell", "hlsl", "hs", "html", "ini", "java", "javascript", "jinja", "js",
        "json", "jsx", "julia", "kotlin", "latex", "lua", "make", "makefile", "matlab", "nginx", "nix",
        "objective-c", "ocaml", "pascal", "perl", "php", "powershell", "properties", "protobuf", "ps1", "py",
        "pycon", "python", "r", "rb", "rs", "ruby", "rust", "scala", "scss", "sh", "shell", "sql", "swift", "tex",
        "toml", "ts", "tsx", "typescript", "vb.net", "vim", "xml", "yaml", "yml", "zig",
    }
)  # fmt: skip
# A list is two levels and its text a third: past this nothing opens another one, and the marks are shown as text.
# markdown-it would leave out what stands deeper than MAX_NESTING.
DEEPEST = MAX_NESTING - 3
# A line of a quote or a notification is made of so much of the message at most.
MAX_QUOTED = 1000

# More marks than any language stacks on one letter would be drawn over the neighbours' messages.
STACKED = re.compile(
    r"([\u0300-\u036f\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{3})"
    r"[\u0300-\u036f\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
# Text is not to run against its own letters: "gpj.exe" shown as "exe.jpg" (Unicode Technical Report 36, 2.5).
WITHOUT_OVERRIDES = dict.fromkeys([0x202D, 0x202E])

ALLOWED_TAGS = {
    "a", "blockquote", "br", "code", "em", "input", "label", "li", "ol", "p", "pre", "s", "span", "strong", "ul",
}  # fmt: skip
ALLOWED_ATTRIBUTES: dict[str, set[str]] = {
    # Otherwise nh3 lets a title and a language through everywhere.
    "*": set(),
    "a": {"href"},
    "code": {"class"},
    "pre": {"class"},
    "ol": {"start"},
    "span": {"class", "data-word"},
    "label": {"class"},
    "input": {"class", "type"},
}
SPOILER_OPEN = (
    '<label class="spoiler"><input class="spoiler__toggle" type="checkbox">'
    '<span class="spoiler__cover" data-word="spoiler"></span><span class="spoiler__text">'
)
SPOILER_CLOSE = "</span></label>"


def _spoiler(state: StateInline, silent: bool) -> bool:
    """The inline rule for `||text||`: text that stays covered until it is asked for."""
    if not state.src.startswith("||", state.pos):
        return False
    start = state.pos + 2
    # The last one that is allowed covers all the rest: what somebody meant to hide is never shown.
    last = state.env.get("spoilers", 0) >= MAX_SPOILERS - 1
    end = state.src.rfind("||", start, state.posMax) if last else state.src.find("||", start)
    if end <= start or end >= state.posMax or not state.src[start:end].strip() or state.env.get("in_spoiler"):
        return False
    if not silent:
        state.env["spoilers"] = state.env.get("spoilers", 0) + 1
        previous_max = state.posMax
        state.push("spoiler_open", "label", 1)
        state.pos, state.posMax = start, end
        state.env["in_spoiler"] = True
        state.md.inline.tokenize(state)
        del state.env["in_spoiler"]
        state.posMax = previous_max
        state.push("spoiler_close", "label", -1)
    state.pos = end + 2
    return True


def _text_before_spoiler(state: StateInline, silent: bool) -> bool:
    """Stop plain text before a spoiler's bars: markdown-it's own text rule would run past them."""
    end = state.src.find("||", state.pos, state.posMax)
    if end == -1:
        end = state.posMax
    if end == state.pos:
        # Bars that open no spoiler are text, and the ones after them may open one.
        if not silent:
            state.pending += "||"
        state.pos += 2
        return True
    text = state.src[state.pos : end]
    if TERMINATOR.search(text):
        return False
    if not silent:
        state.pending += text
    state.pos = end
    return True


# What ends a run of plain text in markdown-it (rules_inline/text.py).
TERMINATOR = re.compile(r"[\n!#$%&*+\-:<=>@\[\\\]^_`{}~]")


@cache
def _formatter() -> HtmlFormatter:
    # Making one works out a whole stylesheet, which stands in static/css/.
    return HtmlFormatter(nowrap=True)


def _highlighted(code: str, language: str) -> str:
    return highlight(code, get_lexer_by_name(language, stripnl=False), _formatter())


def _fence(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    code, words = tokens[index].content, tokens[index].info.lower().split()
    env["highlighted"] = env.get("highlighted", 0) + len(code)
    if words and words[0] in LANGUAGES and env["highlighted"] <= MAX_HIGHLIGHTED:
        body = _highlighted(code, words[0])
    else:
        body = nh3.clean_text(code)
    return f'<pre class="code"><code>{body}</code></pre>\n'


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A list, but where a chat means the mark itself: "+" answers a question, and "5." alone is a number."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if line.startswith("+") or BARE_MARK.fullmatch(line) or state.level > DEEPEST:
        return False
    return list_block(state, start, end, silent)


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A quote, but where nothing is quoted, or too many times."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if BARE_QUOTE.fullmatch(line) or state.level > DEEPEST:
        return False
    return blockquote(state, start, end, silent)


class _AsTyped(MarkdownIt):
    """Shows an address as it was typed: punycode's letters may look like another address's, or like nothing."""

    def normalizeLinkText(self, link: str) -> str:
        return link


BARE_MARK = re.compile(r"(?:[-+*]|\d+[.)])\s*")
BARE_QUOTE = re.compile(r"[>\s]*")


@cache
def _parser() -> MarkdownIt:
    parser = _AsTyped(
        "zero", {"html": False, "linkify": True, "breaks": True, "typographer": False, "maxNesting": MAX_NESTING}
    )
    parser.enable(
        [
            "autolink", "backticks", "balance_pairs", "blockquote", "code", "emphasis", "entity", "escape", "fence",
            "fragments_join", "link", "linkify", "list", "newline", "strikethrough",
        ]
    )  # fmt: skip
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote"]}
    parser.block.ruler.at("list", _list, ends)
    parser.block.ruler.at("blockquote", _quote, {"alt": [*ends["alt"], "list"]})
    parser.inline.ruler.before("text", "spoiler", _spoiler)
    parser.inline.ruler.before("text", "text_before_spoiler", _text_before_spoiler)
    parser.add_render_rule("spoiler_open", lambda *_: SPOILER_OPEN)
    parser.add_render_rule("spoiler_close", lambda *_: SPOILER_CLOSE)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    return parser


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=ALLOWED_TAGS,
        attributes=ALLOWED_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
    )


def render(source: str) -> str:
    """Sanitised HTML of `source`, in which something can be seen; never raises, and takes time linear in its length."""
    text = _readable(source).strip()
    rendered = _cleaner().clean(_parser().render(text)).strip()
    if SOMETHING.search(TAG.sub("", rendered)):
        return rendered
    # Only marks: then the marks were meant.
    lines = "<br>\n".join(html.escape(line, quote=False) for line in text.split("\n"))
    return f"<p>{lines}</p>"


SOMETHING = re.compile(r"\S")
TAG = re.compile(r"<[^>]*>")


def _readable(source: str) -> str:
    return STACKED.sub(r"\1", source.translate(WITHOUT_OVERRIDES))


@lru_cache(maxsize=1024)
def plain_line(source: str, limit: int = 120) -> str:
    """`source` as one line of plain text of at most `limit` characters: a reply's quote, a notification.

    What is under a spoiler stays under it.
    """
    source = _readable(source)
    covered = re.sub(r"\|\|.+?\|\|", "▒▒▒", source, flags=re.DOTALL)
    text = nh3.clean(_parser().render(covered[:MAX_QUOTED]), tags=set())
    words = " ".join(html.unescape(text).split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
