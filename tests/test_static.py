"""What is served is what stands in static/, only joined, smaller and hashed."""

import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import brotli
import httpx
import pytest
from django.core.management import CommandError, call_command
from django.template import Context, Template
from pytest_django import Settings

from eclipse import static
from eclipse.javascript import ModuleError, join_modules, text_of, tokens
from eclipse.stylesheets import StylesheetError, join_stylesheets, minify
from tests.conftest import ROOT

STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"

KILOBYTE = 1000
CSS_BUDGET = 12 * KILOBYTE
SCRIPT_BUDGET = 24 * KILOBYTE
# Of what only pages with a call load (issue 4).
VOICE_SCRIPT_BUDGET = 15 * KILOBYTE
VOICE_CSS_BUDGET = 4 * KILOBYTE


def reader(files: dict[str, str]) -> Callable[[str], str]:
    def read(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    return read


def shortened(source: str) -> str:
    return text_of(tokens(source))


# --- JavaScript ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("let a = 1; // why\nlet b = 2;", "let a=1;let b=2;"),
        ("/** @param {import('./x.js').Y} a */\nf( a )", "f(a)"),
        ("const url = 'https://example.org'; // end", "const url='https://example.org';"),
        ("t = ` two  // lines\n  ${ a + ` in  ${ b } ` } ` ;", "t=` two  // lines\n  ${ a + ` in  ${ b } ` } `;"),
        ("const t = `${ { a: '}' }.a } \\` `  ;", "const t=`${ { a: '}' }.a } \\` `;"),
        ("s.replace(/[\"'`/]  \\//g, x => x)", "s.replace(/[\"'`/]  \\//g,x=>x)"),
        ("const f = (s) => /a  \"b/.test(s)", 'const f=(s)=>/a  "b/.test(s)'),
        ("if (s) /a  b/.test(s)", "if(s)/a  b/.test(s)"),
        ("const half = (a + b) / 2 / c;", "const half=(a+b)/2/c;"),
        ("x++ / y / z", "x++/y/z"),
        ("a + +b - -c + ++d", "a+ +b- -c+ ++d"),
        ("a / /b/.exec(c)", "a/ /b/.exec(c)"),
        ("/x/g in y", "/x/g in y"),
        ("return\nvalue", "return\nvalue"),
        ("a\n++b", "a\n++b"),
        ("const a = b\n[1].map(c)", "const a=b\n[1].map(c)"),
        ("const a = b\n  .c()\n  + d", "const a=b.c()+d"),
        ("class A {\n  x = 1\n  y\n  *z() {}\n  static #w = 2\n}", "class A{x=1\ny\n*z(){}\nstatic #w=2}"),
        ("a?.b ?? c ?. 5 : 1", "a?.b??c?.5:1"),
        ("1 .toFixed()", "1 .toFixed()"),
        ("const имя = '\u2028' ;", "const имя='\u2028';"),
    ],
)  # fmt: skip
def test_shortening_keeps_the_meaning(source: str, expected: str) -> None:
    assert shortened(source) == expected


@pytest.mark.parametrize("source", ["const a = 'b", "const a = `b ${c}", "const a = `${b"])
def test_what_does_not_end_is_refused(source: str) -> None:
    with pytest.raises(ModuleError, match=r"script:1: .* does not end"):
        tokens(source)


ROOM = {
    "js/app.js": """
        import {attach as attachTimeline, Timeline} from "./timeline.js";
        import {
            attach as attachUnread,
        } from './room/unread.js';

        const count = 40;
        attachTimeline(count); attachUnread(Timeline.name);
    """,
    "js/timeline.js": """
        import {log} from "./log.js"
        const count = 1; // its own: another module has a `count` too
        /** @param {number} number */
        export function attach(number) { log(`timeline ${number + count}`); }
        export class Timeline { static name = "Timeline"; }
    """,
    "js/room/unread.js": """
        import { log } from "../log.js";
        export const attach = (name) => log(`unread ${name}`);
        export async function load() { await attach("later"); }
    """,
    "js/log.js": """
        export const lines = [];
        export function log(line) { lines.push(line); document.body.textContent = lines.join("; "); }
        log("log loads first, and once");
    """,
}


def test_modules_join_in_the_order_of_their_imports() -> None:
    joined = join_modules("js/app.js", reader(ROOM))
    places = [joined.index(word) for word in ("log loads first", "timeline ${", "unread ${", "const count=40")]
    assert places == sorted(places)
    assert "import" not in joined
    assert "export" not in joined
    assert joined.count("log loads first") == 1


def breaking(line: str) -> dict[str, str]:
    return {"js/app.js": f"const fine = 1;\n\n{line}\n", "js/x.js": "export const x = 1;"}


@pytest.mark.parametrize(
    "line",
    [
        'import x from "./x.js";',
        'import * as x from "./x.js";',
        'import "./x.js";',
        'import { x } from "x";',
        'import { default as x } from "./x.js";',
        'if (fine) { import("./x.js"); }',
        "const here = import.meta.url;",
        "export default 1;",
        "export { fine };",
        'export * from "./x.js";',
        'export { x } from "./x.js";',
        "export let changing = 1;",
        "export const { a, b } = fine;",
        "const answer = await fetch('/');",
    ],
)
def test_a_module_that_breaks_the_rule_is_named_with_its_line(line: str) -> None:
    with pytest.raises(ModuleError, match=r"^js/app\.js:3: a module may"):
        join_modules("js/app.js", reader(breaking(line)))


def test_words_that_only_look_like_the_rule_are_left_alone() -> None:
    line = "const f = async () => await g(); x.import(1); x.export = { import: 1, export: 2 };"
    assert "await g()" in join_modules("js/app.js", reader(breaking(line)))


def test_an_import_of_nothing_is_refused() -> None:
    with pytest.raises(ModuleError, match=r"^js/app\.js: js/x\.js does not export y$"):
        join_modules("js/app.js", reader(breaking('import { y } from "./x.js";')))
    with pytest.raises(ModuleError, match=r"^js/app\.js: js/y\.js does not exist$"):
        join_modules("js/app.js", reader(breaking('import { y } from "./y.js";')))


def test_a_circle_of_imports_is_refused() -> None:
    files = {
        "a.js": 'import { b } from "./b.js"; export const a = 1;',
        "b.js": 'import { a } from "./a.js"; export const b = 1;',
    }
    with pytest.raises(ModuleError, match=r"in a circle: a\.js -> b\.js -> a\.js"):
        join_modules("a.js", reader(files))


# --- CSS ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a { color : red ; } /* b */", "a{color :red}"),
        (".a :hover, .a:hover { b: c }", ".a :hover,.a:hover{b:c}"),
        (".a { & :focus { b: c } > p { d: calc( 1px + 2px ) } }", ".a{& :focus{b:c}> p{d:calc( 1px + 2px )}}"),
        (".a { --empty: ; --full:  1px }", ".a{--empty: ;--full:1px}"),
        ('a { content: "; } /* a  b */ ,  :" }', 'a{content:"; } /* a  b */ ,  :"}'),
        ('a { b: url( "a  b.svg" ) , url(data:x;y,z) }', 'a{b:url( "a  b.svg" ),url(data:x;y,z)}'),
        ("@media (width >= 720px) and (hover) { a { b: c } }", "@media (width >= 720px) and (hover){a{b:c}}"),
    ],
)
def test_shorter_css_means_the_same(source: str, expected: str) -> None:
    assert minify(source) == expected


def test_stylesheets_join_in_their_layers() -> None:
    files = {
        "css/app.css": """
            @layer tokens, base;
            /* why */
            @import url("a.css") layer(tokens);
            @import url("b.css") layer(base);
        """,
        "css/a.css": ":root { --a: 1px }",
        "css/b.css": 'b { background: url("../img/b.svg") }',
    }
    assert join_stylesheets("css/app.css", reader(files)) == (
        '@layer tokens,base;@layer tokens{:root{--a:1px}}@layer base{b{background:url("../img/b.svg")}}'
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('@import url("none.css") layer(a);', r"css/none\.css does not exist"),
        ('@import url("deep/a.css") layer(a);', r"deep/a\.css must lie beside it"),
        ('@import url("nested.css") layer(a);', r"css/nested\.css: only css/app\.css may import"),
        ('@import url("a.css");', r"not '@import url"),
        ("a { b: c }", r"not 'a \{ b: c \}'"),
    ],
)
def test_a_stylesheet_that_cannot_be_joined_is_named(entry: str, message: str) -> None:
    files = {"css/app.css": entry, "css/a.css": "", "css/nested.css": '@import url("a.css");'}
    with pytest.raises(StylesheetError, match=message):
        join_stylesheets("css/app.css", reader(files))


# --- What is collected and served -----------------------------------------------------------------


@pytest.fixture
def as_served(static_root: Path, settings: Settings) -> Path:
    """The static files as an operator's server has them; the settings are that server's."""
    settings.STATIC_ROOT = static_root
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "eclipse.static.BundledStaticFilesStorage"},
    }
    return static_root


def tags() -> str:
    request = SimpleNamespace(csp_nonce="n0nce")
    return Template("{% load bundles %}{% stylesheets %}\n{% scripts %}").render(Context({"request": request}))


def addresses() -> list[str]:
    return re.findall(r'(?:href|src)="([^"]+)"', tags())


def voice_addresses() -> list[str]:
    """Of the stylesheet and the script that only pages with a call load."""
    return Template("{% load bundles %}{% voice_stylesheet %} {% voice_script %}").render(Context()).split()


def test_a_served_page_loads_three_files(as_served: Path) -> None:
    stylesheet, vendor, module = addresses()
    assert re.fullmatch(r"/static/css/bundle\.[0-9a-f]{12}\.css", stylesheet)
    assert re.fullmatch(r"/static/vendor/bundle\.[0-9a-f]{12}\.js", vendor)
    assert re.fullmatch(r"/static/js/bundle\.[0-9a-f]{12}\.js", module)
    assert f'<script defer nonce="n0nce" src="{vendor}"></script>' in tags()
    assert f'<script type="module" nonce="n0nce" src="{module}"></script>' in tags()


def test_while_developing_a_page_loads_the_small_files() -> None:
    assert addresses() == [
        "/static/css/app.css",
        "/static/vendor/htmx.js",
        "/static/vendor/hx-ws.js",
        "/static/js/app.js",
    ]


def test_what_a_page_loads_stays_within_its_budget(as_served: Path) -> None:
    """Compressed as browsers get it. The limits are issue 2's: most of the scripts is htmx."""
    sizes = [(as_served / f"{address.removeprefix('/static/')}.br").stat().st_size for address in addresses()]
    stylesheet, *scripts = sizes
    assert stylesheet <= CSS_BUDGET
    assert sum(scripts) <= SCRIPT_BUDGET


def test_what_a_call_adds_to_a_page_stays_within_its_budget(as_served: Path) -> None:
    sizes = [(as_served / f"{address.removeprefix('/static/')}.br").stat().st_size for address in voice_addresses()]
    stylesheet, script = sizes
    assert stylesheet <= VOICE_CSS_BUDGET
    assert script <= VOICE_SCRIPT_BUDGET


def test_every_stylesheet_and_module_is_served(as_served: Path) -> None:
    """A file that nothing imports is either forgotten in the list or left over."""
    lists = [STATIC / static.STYLESHEET, STATIC / static.VOICE_STYLESHEET]
    imported = re.findall(r'url\("([^"]+)"\)', "".join(path.read_text() for path in lists))
    # Those that one page alone loads.
    pages = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    alone_styles = re.findall(r"static 'css/([^']+)'", pages)
    assert sorted([*imported, *alone_styles]) == sorted(
        path.name for path in STATIC.glob("css/*.css") if path not in lists
    )
    read: list[str] = []

    def note(path: str) -> str:
        read.append(path)
        return (STATIC / path).read_text()

    join_modules(static.MODULE, note)
    join_modules(static.VOICE_MODULE, note)
    join_modules(static.VOICE_TEST_MODULE, note)
    alone = set(re.findall(r"static '(js/[^']+)'", pages))
    assert set(read) | alone == {path.relative_to(STATIC).as_posix() for path in STATIC.glob("js/**/*.js")}
    assert not alone & set(read)


def test_addresses_in_the_stylesheet_lead_to_hashed_files(as_served: Path) -> None:
    stylesheet = as_served / addresses()[0].removeprefix("/static/")
    for address in re.findall(r"url\(\"?([^)\"]+)\"?\)", stylesheet.read_text()):
        if not address.startswith(("data:", "#")):
            assert re.search(r"\.[0-9a-f]{12}\.\w+$", address)
            assert (stylesheet.parent / address).resolve().is_file()


def test_vendored_scripts_are_as_published() -> None:
    readme = (VENDOR / "README.md").read_text()
    published = dict(re.findall(r"\| `([\w-]+\.js)` \|.*`([0-9a-f]{64})`", readme))
    assert published == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}


def test_nothing_points_to_a_source_map(as_served: Path) -> None:
    """Browsers would ask for one, and none is served."""
    own = [path for directory in ("js", "css", "vendor") for path in (as_served / directory).glob("**/*.*s")]
    assert own
    assert not [path for path in own if "sourceMappingURL" in path.read_text()]


async def ask(address: str, accept_encoding: str) -> tuple[int, dict[str, str], bytes]:
    """What the server answers to a browser that asks for a static file."""
    application = static.serve_static(None)
    transport = httpx.ASGITransport(application)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as browser,
        browser.stream("GET", address, headers={"Accept-Encoding": accept_encoding}) as answer,
    ):
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
    return answer.status_code, dict(answer.headers), body


@pytest.mark.parametrize(
    ("accepted", "sent"), [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("identity", None)]
)
async def test_a_hashed_file_is_compressed_ahead_and_kept_for_ever(
    accepted: str, sent: str | None, as_served: Path
) -> None:
    for address in addresses():
        status, headers, body = await ask(address, accepted)
        assert status == 200
        assert set(headers["cache-control"].split(", ")) == {"public", "max-age=31536000", "immutable"}
        assert headers.get("content-encoding") == sent
        assert headers["vary"] == "Accept-Encoding"
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
        plain = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[sent](body)
        assert plain == (as_served / address.removeprefix("/static/")).read_bytes()


async def test_files_outside_the_static_root_are_not_served(as_served: Path) -> None:
    for address in ("/static/../manage.py", "/static/%2e%2e/manage.py", "/static/staticfiles.json.br", "/static/"):
        assert (await ask(address, "br"))[0] == 404


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("js/app.js", "export default 1;", "js/app.js:1: a module may"),
        ("css/app.css", "a { b: c }", "css/app.css: only"),
    ],
)
def test_collecting_stops_at_what_cannot_be_joined(
    name: str, source: str, message: str, settings: Settings, tmp_path: Path
) -> None:
    for path, text in {
        "css/app.css": "",
        "js/app.js": "",
        "css/voice.css": "",
        "js/voice/main.js": "",
        "vendor/htmx.js": "",
        "vendor/hx-ws.js": "",
        name: source,
    }.items():
        target = tmp_path / "static" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    settings.STATICFILES_DIRS = [tmp_path / "static"]
    settings.STATIC_ROOT = tmp_path / "root"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "eclipse.static.BundledStaticFilesStorage"}}
    with pytest.raises(CommandError, match=re.escape(message)):
        call_command("collectstatic", interactive=False, verbosity=0)
