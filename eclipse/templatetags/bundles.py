"""The tags that put the stylesheet and the scripts on a page: one file each when served, many while developing."""

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from eclipse.static import (
    MODULE,
    MODULE_BUNDLE,
    STYLESHEET,
    STYLESHEET_BUNDLE,
    VENDOR_BUNDLE,
    VENDOR_SCRIPTS,
    VOICE_MODULE,
    VOICE_MODULE_BUNDLE,
    VOICE_STYLESHEET,
    VOICE_STYLESHEET_BUNDLE,
    VOICE_TEST_MODULE,
    VOICE_TEST_MODULE_BUNDLE,
    is_bundled,
)

register = template.Library()


@register.simple_tag
def stylesheets() -> SafeString:
    """The `<link>` of the page's styles."""
    return format_html('<link rel="stylesheet" href="{}">', static(STYLESHEET_BUNDLE if is_bundled() else STYLESHEET))


@register.simple_tag(takes_context=True)
def scripts(context: Context) -> SafeString:
    """The `<script>`s of the page, none of which blocks it; the browser runs them in this order.

    Each bears the response's nonce, which alone lets a script run: not even a file of this site's own can be made one.
    """
    nonce = getattr(context.get("request"), "csp_nonce", "")
    vendor, module = ((VENDOR_BUNDLE,), MODULE_BUNDLE) if is_bundled() else (VENDOR_SCRIPTS, MODULE)
    classic = format_html_join(
        "\n", '<script defer nonce="{}" src="{}"></script>', ((nonce, static(name)) for name in vendor)
    )
    return format_html('{}\n<script type="module" nonce="{}" src="{}"></script>', classic, nonce, static(module))


@register.simple_tag
def voice_stylesheet() -> str:
    """The address of the styles that only pages with a call need."""
    return static(VOICE_STYLESHEET_BUNDLE if is_bundled() else VOICE_STYLESHEET)


@register.simple_tag
def voice_script() -> str:
    """The address of the script that only pages with a call need."""
    return static(VOICE_MODULE_BUNDLE if is_bundled() else VOICE_MODULE)


@register.simple_tag
def voice_test_script() -> str:
    """The address of the script of `/voice/test/`."""
    return static(VOICE_TEST_MODULE_BUNDLE if is_bundled() else VOICE_TEST_MODULE)
