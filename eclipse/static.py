"""Static files as they are served: hashed, compressed ahead, and joined into one stylesheet and two scripts.

Voice has a stylesheet and a script of its own, which only pages with a call load (static/js/voice.js).

With DJANGO_DEBUG on none of this happens: the browser loads the small files of static/ one by one.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.management.base import CommandError
from servestatic.asgi import ServeStaticASGI
from servestatic.storage import CompressedManifestStaticFilesStorage

from eclipse.javascript import ModuleError, join_modules
from eclipse.stylesheets import StylesheetError, join_stylesheets

# What a page loads, in this order; the scripts of others first, because the modules use them.
STYLESHEET = "css/app.css"
VENDOR_SCRIPTS = ("vendor/htmx.js", "vendor/hx-ws.js")
MODULE = "js/app.js"
VOICE_STYLESHEET = "css/voice.css"
VOICE_MODULE = "js/voice/main.js"
VOICE_TEST_MODULE = "js/voice/test.js"

# What they become. A stylesheet stays in its directory, because its addresses of pictures are relative.
STYLESHEET_BUNDLE = "css/bundle.css"
VENDOR_BUNDLE = "vendor/bundle.js"
MODULE_BUNDLE = "js/bundle.js"
VOICE_STYLESHEET_BUNDLE = "css/voice-bundle.css"
VOICE_MODULE_BUNDLE = "js/voice-bundle.js"
VOICE_TEST_MODULE_BUNDLE = "js/voice-test-bundle.js"

ONE_YEAR = 365 * 24 * 60 * 60


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Adds the joined files to what `collectstatic` has collected, then hashes and compresses everything."""

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        if not options.get("dry_run"):
            for name, content in self._bundles(paths):
                self.delete(name)
                self._save(name, ContentFile(content.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, *args, **options)

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        """Compress what Eclipse's own pages load; the admin site's files would take half a minute, for few to load."""
        own = {entry.name for directory in settings.STATICFILES_DIRS for entry in Path(directory).iterdir()}
        yield from super().compress_files({path for path in paths if path.partition("/")[0] in own})

    @property
    def keep_only_hashed_files(self) -> bool:
        """Nothing links to a name without its hash."""
        return True

    def _bundles(self, paths: dict[str, tuple[Storage, str]]) -> Iterator[tuple[str, str]]:
        def read(name: str) -> str:
            if name not in paths:
                raise FileNotFoundError(name)
            storage, path = paths[name]
            with storage.open(path) as file:
                return file.read().decode()

        try:
            yield STYLESHEET_BUNDLE, join_stylesheets(STYLESHEET, read)
            yield VOICE_STYLESHEET_BUNDLE, join_stylesheets(VOICE_STYLESHEET, read)
            # The newline ends a comment that a vendor's last line may be, the semicolon a statement.
            yield VENDOR_BUNDLE, "\n;".join(read(name) for name in VENDOR_SCRIPTS)
            yield MODULE_BUNDLE, _minified(join_modules(MODULE, read))
            yield VOICE_MODULE_BUNDLE, _minified(join_modules(VOICE_MODULE, read))
            yield VOICE_TEST_MODULE_BUNDLE, _minified(join_modules(VOICE_TEST_MODULE, read))
        except (ModuleError, StylesheetError) as error:
            raise CommandError(str(error)) from error
        except FileNotFoundError as error:
            raise CommandError(f"{error} is not among the static files") from error


def _minified(script: str) -> str:
    """The script with short names for what it keeps to itself, where the library has a build for this system."""
    try:
        import minify
    except ImportError:
        return script
    return str(minify.string("application/javascript", script))


def is_bundled() -> bool:
    """Whether pages load the joined files."""
    return isinstance(storages["staticfiles"], BundledStaticFilesStorage)


def serve_static(application: Any) -> Any:
    """The ASGI application that answers for static files and leaves everything else to `application`."""
    if settings.DEBUG:
        return ASGIStaticFilesHandler(application)
    return StaticFiles(
        application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL.strip("/"),
        allow_all_origins=False,
        add_headers_function=_add_headers,
    )


class StaticFiles(ServeStaticASGI):
    """Answers with the compressed copy that the browser accepts; a hashed name never changes its content."""

    FOREVER = ONE_YEAR


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
