"""Joins the project's stylesheets into one: the list of imports in css/app.css stays the only place that names them."""

import posixpath
import re
from collections.abc import Callable

ORDER = re.compile(r"\s*@layer\s+([\w\s,-]+);")
IMPORT = re.compile(r'\s*@import\s+url\("([^"]+)"\)\s+layer\(([\w.-]+)\)\s*;')
LITERAL = r"""(?P<literal>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|url\([^)]*\))"""
COMMENT = re.compile(LITERAL + r"|/\*.*?\*/", re.DOTALL)
NEEDLESS = re.compile(
    LITERAL + r"|(?<!:)\s*;?\s*(?P<brace>\})\s*|\s*(?P<sign>[{;,])\s*|(?P<colon>:)\s+(?![\s;}])|\s+", re.DOTALL
)


class StylesheetError(ValueError):
    """A stylesheet that cannot be joined; the message names the file and the rule."""


def join_stylesheets(entry: str, read: Callable[[str], str]) -> str:
    """One stylesheet with each file that `entry` imports inside its layer; `read` gives the source of a path.

    Files keep their relative addresses, so they must lie in the directory of `entry`.
    """
    rest = without_comments(read(entry))
    pieces = []
    if order := ORDER.match(rest):
        pieces.append(f"@layer {order[1]};")
        rest = rest[order.end() :]
    while match := IMPORT.match(rest):
        name, layer = match.groups()
        rest = rest[match.end() :]
        if "/" in name:
            raise StylesheetError(f"{entry}: {name} must lie beside it, because its own addresses are relative")
        path = posixpath.join(posixpath.dirname(entry), name)
        try:
            source = read(path)
        except FileNotFoundError:
            raise StylesheetError(f"{entry}: {path} does not exist") from None
        if re.search(r"@(import|charset|namespace)\b", without_comments(source)):
            raise StylesheetError(f"{path}: only {entry} may import, and no other statement may stand before all rules")
        pieces.append(f"@layer {layer}{{{source}}}")
    if rest.strip():
        raise StylesheetError(
            f'{entry}: only `@layer a, b;` and then `@import url("file.css") layer(a);` lines may stand here, '
            f"not {rest.strip().splitlines()[0]!r}"
        )
    return minify("".join(pieces))


def without_comments(source: str) -> str:
    return COMMENT.sub(lambda match: match["literal"] or "", source)


def minify(source: str) -> str:
    """`source` without comments and without the white space that means nothing anywhere in CSS.

    It knows no grammar, so what could mean something stays: spaces before a colon, around operators, in selectors.
    """

    def shorter(match: re.Match[str]) -> str:
        if match["sign"] == ";" and match.string[: match.start()].endswith(":"):
            return " ;"  # `--name: ;` has a value, an empty one
        return match["literal"] or match["brace"] or match["sign"] or match["colon"] or " "

    return NEEDLESS.sub(shorter, without_comments(source)).strip()
