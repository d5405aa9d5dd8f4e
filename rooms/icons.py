"""Rooms' pictures: read with suspicion, made small, and kept under a name that is what they are."""

import hashlib
import tempfile
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from rooms.models import Room

LARGEST_FILE = 2 * 1024 * 1024
# A phone's photograph has twelve million. More would hold a thread for long and take its memory.
MOST_PIXELS = 4096 * 4096
SIDE = 128
# Only these decoders are ever given what somebody sent.
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITY = 85
DIRECTORY = "icons"
# A file that no room uses goes after this time: it may be stored already for a room that is about to be.
SPARE_SECONDS = 24 * 60 * 60

# What Pillow raises for files that are broken, cut short or made to confuse it, beside its own errors.
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, LookupError, TypeError, MemoryError)


def make_icon(source: IO[bytes]) -> bytes:
    """The picture as a square WebP of 128 px, without what else its file says; `ValidationError` with what is wrong.

    Its size is looked at before a single pixel is decoded: a file of some kilobytes may stand for gigabytes.
    """
    # Pillow would only warn up to twice this.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValidationError(_("The picture has too many pixels: send one of at most 4096 × 4096."), "pixels")
            image.draft("RGB", (SIDE, SIDE))
            square = ImageOps.fit(ImageOps.exif_transpose(image).convert("RGBA"), (SIDE, SIDE))
            encoded = BytesIO()
            square.save(encoded, "WEBP", quality=QUALITY)
    except ValidationError:
        raise
    except UNREADABLE as error:
        raise ValidationError(_("This is not a picture that can be read: send PNG, JPEG or WebP."), "unread") from error
    return encoded.getvalue()


def store(icon: bytes) -> str:
    """Keep what `make_icon` made; its name, for `Room.icon`."""
    name = f"{DIRECTORY}/{hashlib.sha256(icon).hexdigest()[:32]}.webp"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all, though two send the same; written anew where it is there, so that it counts as new.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(icon)
    written = Path(file.name)
    written.chmod(0o644)
    written.replace(path)
    return name


def read(name: str) -> bytes | None:
    """The icon's file; `None` where there is none."""
    try:
        return (Path(settings.MEDIA_ROOT) / DIRECTORY / name).read_bytes()
    except OSError:
        return None


def remove_unused() -> int:
    """Delete the files that no room has used for a day; how many there were."""
    directory = Path(settings.MEDIA_ROOT) / DIRECTORY
    if not directory.is_dir():
        return 0
    # The files first: one that comes between the two looks is too young.
    stale = [file for file in directory.iterdir() if file.stat().st_mtime < time.time() - SPARE_SECONDS]
    used = set(Room.objects.exclude(icon="").values_list("icon", flat=True))
    gone = [file for file in stale if f"{DIRECTORY}/{file.name}" not in used]
    for file in gone:
        with suppress(FileNotFoundError):
            file.unlink()
    return len(gone)
