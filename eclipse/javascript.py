"""Reads the project's own ES modules and joins them into one.

Eclipse has no build step: the browser can load static/js as it is. What is served joins the same modules into one
file, because ten small files cost more to load than one. The modules keep to a simple rule, which makes joining them
safe without a JavaScript parser: they import names from relative paths, and export functions, constants and classes
where they declare them. Whatever breaks the rule stops `collectstatic` with the file and line.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

RULE = (
    'a module may only use `import {name} from "./file.js"` and `export function`, `export const name =` '
    "or `export class`"
)

TOKEN = re.compile(
    r"""
    (?P<gap>(?:\s|//[^\n]*|/\*.*?\*/)+)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<number>\.?\d[\w.]*)
  | (?P<word>\#?[\w$\\]+)
  | (?P<punctuation>\+\+|--|[^\w\s])
    """,
    re.VERBOSE | re.DOTALL,
)
# In a class of a regular expression, `/` needs no backslash.
REGEX = re.compile(r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
# After one of these a slash begins a regular expression; after any other word it divides.
WORDS_BEFORE_REGEX = frozenset(
    [
        "await",
        "case",
        "delete",
        "do",
        "else",
        "in",
        "instanceof",
        "new",
        "of",
        "return",
        "throw",
        "typeof",
        "void",
        "yield",
    ]
)
WORDS_BEFORE_CONDITION = frozenset(["for", "if", "while"])
MARKS_BEFORE_DIVISION = frozenset([")", "]", "}", "++", "--"])
WORD_LIKE = re.compile(r"[\w$#\\]")

# A statement can neither end with the first nor begin with the second: a newline there never ends one.
NEVER_ENDS_STATEMENT = frozenset("{([,;:?=&|<>+-*%^!~.")
NEVER_BEGINS_STATEMENT = frozenset(")]},;:?=&|<>+-%^.")


class ModuleError(ValueError):
    """A module that cannot be joined; the message names the file, the line and the rule."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    line: int
    # What stood before it: nothing, a space, or something with a newline.
    gap: str


@dataclass
class Module:
    """One file, taken apart: its code without import and export, and what it takes and gives."""

    path: str
    code: list[Token] = field(default_factory=list)
    # (path of the other module, name there, name here)
    imports: list[tuple[str, str, str]] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)


def tokens(source: str, path: str = "script") -> list[Token]:
    """The tokens of `source`, comments left out; `ModuleError` where it does not read as JavaScript."""
    return list(_scan(source, 0, path))


def _scan(source: str, position: int, path: str, *, until_brace: bool = False) -> Iterator[Token]:
    """Yield tokens from `position` on; `until_brace` ends after the `}` that closes a template's `${`."""
    previous: Token | None = None
    gap, depth = "", 0
    # For each open parenthesis, whether it holds a condition: after `if (x)` a slash begins a regular expression.
    conditions: list[bool] = []
    after_condition = False
    while position < len(source):
        line = source.count("\n", 0, position) + 1
        if source[position] == "`":
            kind, end = "template", _template_end(source, position, path)
        elif (
            source[position] == "/"
            and (after_condition or _regex_may_begin(previous))
            and (match := REGEX.match(source, position))
        ):
            kind, end = "regex", match.end()
        elif match := TOKEN.match(source, position):
            kind, end = str(match.lastgroup), match.end()
        else:
            raise ModuleError(f"{path}:{line}: cannot read {source[position : position + 20]!r}")
        text = source[position:end]
        position = end
        if kind == "gap":
            gap = "\n" if "\n" in text else " "
            continue
        if text in ("'", '"'):
            raise ModuleError(f"{path}:{line}: a string does not end")
        if text == "(":
            conditions.append(previous is not None and previous.text in WORDS_BEFORE_CONDITION)
        after_condition = text == ")" and bool(conditions) and conditions.pop()
        previous = Token(kind, text, line, gap)
        gap = ""
        if kind == "punctuation":
            depth += (text == "{") - (text == "}")
        if until_brace and depth < 0:
            # The position is what the caller wants to know; a line number would not do.
            yield Token("end", str(position), line, "")
            return
        yield previous


def _regex_may_begin(previous: Token | None) -> bool:
    if previous is None:
        return True
    if previous.kind == "punctuation":
        return previous.text not in MARKS_BEFORE_DIVISION
    return previous.kind == "word" and previous.text in WORDS_BEFORE_REGEX


def _template_end(source: str, start: int, path: str) -> int:
    """The position after the backtick that closes the template literal at `start`, templates inside it included."""
    position = start + 1
    while position < len(source):
        if source[position] == "`":
            return position + 1
        if source[position] == "\\":
            position += 2
        elif source.startswith("${", position):
            *_, last = _scan(source, position + 2, path, until_brace=True)
            if last.kind != "end":
                break
            position = int(last.text)
        else:
            position += 1
    raise ModuleError(f"{path}:{source.count(chr(10), 0, start) + 1}: a template literal does not end")


def text_of(code: list[Token]) -> str:
    """The code without comments and needless white space; names, strings, templates and line ends that matter stay."""
    parts: list[str] = []
    previous: Token | None = None
    for token in code:
        if previous is not None:
            parts.append(_separator(previous, token))
        parts.append(token.text)
        previous = token
    return "".join(parts)


def _separator(before: Token, after: Token) -> str:
    if not after.gap:
        return ""
    if after.gap == "\n":
        ended = before.kind == "punctuation" and before.text in NEVER_ENDS_STATEMENT
        begun = after.kind == "punctuation" and after.text in NEVER_BEGINS_STATEMENT
        if not ended and not begun:
            return "\n"
    left, right = before.text[-1], after.text[0]
    if WORD_LIKE.match(left) or before.kind == "regex":
        return " " if WORD_LIKE.match(right) or (before.kind == "number" and right == ".") else ""
    # `a + +b`, `a - -b`, `a / /b/`: joined, they would read as another operator or a comment.
    return " " if (left == right and left in "+-/") or left + right in ("<!", "/*") else ""


def read_module(path: str, source: str) -> Module:
    """Take a module apart; `ModuleError` with file and line where it breaks the rule."""
    module = Module(path)
    queue = tokens(source, path)
    depth, position, in_async = 0, 0, False

    def broken(token: Token, why: str = RULE) -> ModuleError:
        return ModuleError(f"{path}:{token.line}: {why}")

    while position < len(queue):
        token = queue[position]
        following = queue[position + 1] if position + 1 < len(queue) else Token("end", "", token.line, "")
        is_property = position > 0 and queue[position - 1].text == "." and queue[position - 1].kind == "punctuation"
        if token.kind == "punctuation":
            depth += (token.text in "{([") - (token.text in "})]")
            if depth == 0 and token.text in ";}":
                in_async = False
        elif token.kind == "word" and not is_property:
            if token.text == "import" and following.text in ("(", "."):
                raise broken(token)
            if depth == 0 and token.text == "import":
                position = _read_import(module, queue, position, broken)
                continue
            if token.text == "export" and following.text != ":":
                if depth:
                    raise broken(token)
                module.exports.append(_exported_name(queue, position, broken))
                position += 1
                queue[position] = Token(following.kind, following.text, following.line, "\n")
                continue
            if depth == 0 and token.text == "await" and not in_async:
                raise broken(token, "a module may not await while it loads")
            in_async = in_async or token.text == "async"
        module.code.append(token)
        position += 1
    return module


def _read_import(module: Module, queue: list[Token], start: int, broken: Callable[[Token], ModuleError]) -> int:
    """Note what the import at `start` takes; the position after it."""
    statement: list[Token] = []
    position = start
    while position < len(queue) and queue[position].kind != "string":
        statement.append(queue[position])
        position += 1
    names = " ".join(token.text for token in statement[2:-2])
    shape = [token.text for token in (*statement[:2], *statement[-2:])]
    if position == len(queue) or len(statement) < 4 or shape != ["import", "{", "}", "from"]:
        raise broken(queue[start])
    target = queue[position].text[1:-1]
    if not target.startswith(("./", "../")):
        raise broken(queue[start])
    other = posixpath.normpath(posixpath.join(posixpath.dirname(module.path), target))
    for entry in filter(None, (part.strip() for part in names.split(","))):
        match = re.fullmatch(r"([\w$]+)(?: as ([\w$]+))?", entry)
        if match is None or match[1] == "default":
            raise broken(queue[start])
        module.imports.append((other, match[1], match[2] or match[1]))
    position += 1
    if position < len(queue) and queue[position].text == ";":
        position += 1
    return position


def _exported_name(queue: list[Token], start: int, broken: Callable[[Token], ModuleError]) -> str:
    words = [token.text for token in queue[start + 1 : start + 5]]
    if words[:2] == ["async", "function"]:
        words = words[1:]
    if words[:2] == ["function", "*"]:
        words = ["function", *words[2:]]
    declares = words[:1] in (["function"], ["class"]) or (words[:1] == ["const"] and words[2:3] == ["="])
    if not declares or not re.fullmatch(r"[\w$]+", words[1]):
        raise broken(queue[start])
    return words[1]


def join_modules(entry: str, read: Callable[[str], str]) -> str:
    """One module that does what `entry` and all that it imports do; `read` gives the source of a path.

    Each module becomes a function called once, in the order of imports, so that its private names stay its own.
    """
    joined: dict[str, Module] = {}
    pieces: list[str] = []

    def variable(path: str) -> str:
        return f"$module{list(joined).index(path)}"

    def visit(path: str, chain: tuple[str, ...]) -> None:
        if path in joined:
            return
        if path in chain:
            raise ModuleError(f"{chain[-1]}: modules import each other in a circle: {' -> '.join((*chain, path))}")
        try:
            source = read(path)
        except FileNotFoundError:
            raise ModuleError(f"{chain[-1] if chain else entry}: {path} does not exist") from None
        module = read_module(path, source)
        for other in dict.fromkeys(other for other, _, _ in module.imports):
            visit(other, (*chain, path))
        for other, name, _ in module.imports:
            if name not in joined[other].exports:
                raise ModuleError(f"{path}: {other} does not export {name}")
        joined[path] = module
        taken: dict[str, list[str]] = {}
        for other, name, alias in module.imports:
            taken.setdefault(other, []).append(name if name == alias else f"{name}:{alias}")
        head = "".join(f"const{{{','.join(names)}}}={variable(other)};" for other, names in taken.items())
        body = text_of(module.code)
        tail = f"\nreturn{{{','.join(module.exports)}}}" if module.exports else ""
        pieces.append(f"const {variable(path)}=(()=>{{{head}{body}{tail}}})();")

    visit(posixpath.normpath(entry), ())
    return "\n".join(pieces) + "\n"
