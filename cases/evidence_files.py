"""Files as evidence: what they really are, told from their bytes; their digest; and a picture safe to show.

Nothing here trusts a name or a type that a browser sent. The bytes as received are never changed.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
import tempfile
from collections.abc import Iterable
from email.parser import HeaderParser
from typing import IO, NamedTuple

import puremagic
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageOps

MAX_BYTES: int = settings.EVIDENCE_MAX_BYTES
MAX_PIXELS = 50_000_000
"""Width times height of a picture. A file of a few kilobytes can unpack to gigabytes; what is larger is not unpacked."""

SHOWN_PIXELS = 2_048
"""The longest side of the picture that is shown."""

KINDS = {
    "image/jpeg": gettext_lazy("picture"),
    "image/png": gettext_lazy("picture"),
    "image/gif": gettext_lazy("picture"),
    "image/webp": gettext_lazy("picture"),
    "image/heic": gettext_lazy("picture"),
    "application/pdf": gettext_lazy("document"),
    "audio/mpeg": gettext_lazy("sound"),
    "audio/mp4": gettext_lazy("sound"),
    "audio/wav": gettext_lazy("sound"),
    "audio/ogg": gettext_lazy("sound"),
    "audio/flac": gettext_lazy("sound"),
    "video/mp4": gettext_lazy("video"),
    "video/quicktime": gettext_lazy("video"),
    "video/webm": gettext_lazy("video"),
    "message/rfc822": gettext_lazy("mail"),
    "text/csv": gettext_lazy("table"),
    "text/plain": gettext_lazy("text"),
}
"""What is taken as evidence, with the word for it. Nothing that a browser would run."""

_SHOWN = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
_ALIASES = {
    "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/x-flac": "audio/flac",
    "application/ogg": "audio/ogg",
    "video/x-m4v": "video/mp4",
    "video/x-matroska": "video/webm",
}
_MOST_BOXES = 100
_HEAD = 8_192
_TAIL = 66_000
_HIDDEN_MARKUP = re.compile(rb"<\s*(?:!doctype\s+html|html|script|svg|iframe|\?php|body)\b", re.IGNORECASE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAIL_HEADER = re.compile(
    r"^(?:From|Received|Return-Path|Date|Subject|Message-ID|MIME-Version|Delivered-To):", re.IGNORECASE
)


class FileRefused(Exception):
    """A file that is not taken, with the sentence why. code: too_large | not_taken | not_whole."""

    def __init__(self, sentence: str, *, code: str = "not_taken") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class Shown(NamedTuple):
    """A picture safe to show, and how its name ends."""

    content: ContentFile[bytes]
    ending: str


class Intake(NamedTuple):
    """A file as received: its bytes, and what they are. ``shown`` is the picture to show, where it is one."""

    file: IO[bytes]
    content_type: str
    size: int
    sha256: str
    shown: Shown | None


def take_in(chunks: Iterable[bytes], *, max_bytes: int = MAX_BYTES) -> Intake:
    """Read a file to its end, hashing as it comes, and tell what it is.

    The bytes wait in a temporary file on disk, never whole in memory. Raises FileRefused as soon as it is too large,
    and when it is empty, of a kind that is not taken, or not what it begins as.
    """
    spool = tempfile.SpooledTemporaryFile(max_size=2 * 1024 * 1024)  # noqa: SIM115 - the caller stores and closes it
    try:
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            size += len(chunk)
            if size > max_bytes:
                raise FileRefused(
                    _("A file may be %(megabytes)d MB at most.") % {"megabytes": max_bytes // 1_000_000},
                    code="too_large",
                )
            digest.update(chunk)
            spool.write(chunk)
        if size == 0:
            raise FileRefused(_("The file is empty."), code="not_whole")
        content_type = _content_type(spool, size)
        if content_type == "image/heic" and not _is_whole(spool, size):
            raise FileRefused(_("The picture is damaged and cannot be opened."), code="not_whole")
        shown = _picture(spool, content_type) if content_type in _SHOWN else None
        spool.seek(0)
        return Intake(spool, content_type, size, digest.hexdigest(), shown)
    except BaseException:
        spool.close()
        raise


def file_name(name: str) -> str:
    """A name as told, without a path and without what no name holds, at most 255 characters."""
    bare = re.split(r"[/\\]", name)[-1]
    clean = "".join(letter for letter in bare if letter.isprintable() and not 0xD800 <= ord(letter) <= 0xDFFF).strip(
        " ."
    )
    return clean[-255:] or "file"


def _content_type(file: IO[bytes], size: int) -> str:
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    content_type = _by_signature(head) or _by_text(head, file)
    if content_type not in KINDS:
        raise FileRefused(
            _("This kind of file is not taken. Pictures, PDF, sound, video, mail and plain text are."), code="not_taken"
        )
    if _has_second_nature(content_type, head, tail):
        raise FileRefused(_("The file is two kinds of file at once, so it is not taken."), code="not_taken")
    return content_type


def _by_signature(head: bytes) -> str | None:
    if head[:2] in _UTF_16:  # begins as a frame of MPEG sound could
        return None
    if head[4:8] == b"ftyp":  # told apart by the brand, which signature tables mix up
        brand = head[8:12]
        if brand in (b"heic", b"heix", b"mif1", b"hevc", b"msf1"):
            return "image/heic"
        if brand == b"qt  ":
            return "video/quicktime"
        return "audio/mp4" if brand in (b"M4A ", b"M4B ") else "video/mp4"
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], "application/octet-stream")
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6)):
        return "audio/mpeg"
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    for match in sorted(matches, key=lambda one: (-len(one.byte_match), -one.confidence)):
        told: str = _ALIASES.get(match.mime_type, match.mime_type)
        # A match of one or two bytes is a coincidence in a text as easily as a signature.
        if len(match.byte_match) >= 3 and told in KINDS and not told.startswith(("text/", "message/")):
            return told
    return None


def _is_whole(file: IO[bytes], size: int) -> bool:
    """Whether the boxes that a HEIC file is made of (ISO/IEC 14496-12) end where it does, and one tells what is in it."""
    at = 0
    kinds = set[bytes]()
    for _box in range(_MOST_BOXES):
        if at >= size:
            break
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4]) or size - at
        if length == 1:
            length = int.from_bytes(head[8:16])
        if length < 8 or at + length > size:
            return False
        kinds.add(head[4:8])
        at += length
    return not kinds.isdisjoint((b"meta", b"moov"))


def _by_text(head: bytes, file: IO[bytes]) -> str:
    """Text, if the whole file is without control characters, in whatever encoding; then mail, a table or plain."""
    file.seek(0)
    coding = "utf-16" if head[:2] in _UTF_16 else "latin-1"  # in which every byte is the character of its number
    decoder = codecs.getincrementaldecoder(coding)()
    try:
        while piece := file.read(1 << 20):
            if _CONTROL.search(decoder.decode(piece)):
                return "application/octet-stream"
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "application/octet-stream"
    text = head.decode("utf-16" if coding == "utf-16" else "utf-8", errors="ignore").lstrip("\ufeff")
    if _HIDDEN_MARKUP.search(text[:1_024].encode(errors="ignore")) or text.lstrip().startswith("<"):
        return "text/html"
    if _is_mail(text):
        return "message/rfc822"
    return "text/csv" if _is_table(text) else "text/plain"


def _is_mail(text: str) -> bool:
    if not _MAIL_HEADER.match(text):
        return False
    message = HeaderParser().parsestr(text)
    return sum(name in message for name in ("From", "Date", "Subject", "Received", "Message-ID")) >= 2


def _is_table(text: str) -> bool:
    """At least two lines, the first twenty all with the same number, above none, of commas, semicolons or tabs."""
    lines = [line for line in text.splitlines() if line.strip()]
    # The last of many may be cut off where the head of the file ends.
    first = lines[:20] if len(lines) > 20 or len(text) < _HEAD // 4 else lines[:-1]
    return len(first) >= 2 and any(
        len({line.count(mark) for line in first}) == 1 and mark in first[0] for mark in ",;\t"
    )


def _has_second_nature(content_type: str, head: bytes, tail: bytes) -> bool:
    """Whether something else would read the same bytes as its own: an archive, a document or a page inside."""
    if content_type.startswith("text/") or content_type == "message/rfc822":
        return False
    if content_type != "application/pdf" and b"%PDF-" in head[:1_024]:
        return True
    if b"PK\x05\x06" in tail or head[:4] == b"PK\x03\x04":
        return True
    return content_type.startswith("image/") and bool(_HIDDEN_MARKUP.search(head))


def _picture(file: IO[bytes], content_type: str) -> Shown:
    """The picture as pixels alone: turned upright, at most SHOWN_PIXELS long, without any metadata."""
    file.seek(0)
    try:
        with Image.open(file, formats=[_SHOWN[content_type]]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise FileRefused(
                    _("A picture may have %(millions)d million pixels at most.")
                    % {"millions": MAX_PIXELS // 1_000_000},
                    code="too_large",
                )
            see_through = "A" in picture.getbands() or "transparency" in picture.info
            mode = "RGBA" if see_through else "RGB"
            picture.draft("RGB", (SHOWN_PIXELS, SHOWN_PIXELS))
            pixels = picture if picture.mode == mode else picture.convert(mode)
            pixels.thumbnail((SHOWN_PIXELS, SHOWN_PIXELS))
            pixels = ImageOps.exif_transpose(pixels)
    except FileRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise FileRefused(
            _("A picture may have %(millions)d million pixels at most.") % {"millions": MAX_PIXELS // 1_000_000},
            code="too_large",
        ) from bomb
    except Exception as error:  # Pillow raises whatever a broken file makes its decoders raise
        raise FileRefused(_("The picture is damaged and cannot be opened."), code="not_whole") from error
    # Only the pixels go over: whatever else the file carried (place, camera, thumbnails, comments) stays behind.
    clean = Image.new(mode, pixels.size)
    clean.paste(pixels)
    out = io.BytesIO()
    clean.save(out, "PNG" if see_through else "JPEG", optimize=True)
    return Shown(ContentFile(out.getvalue()), ".png" if see_through else ".jpg")
