"""Evidence: taken in whole, told from its bytes, hidden until revealed."""

import codecs
import hashlib
import io
import struct
import zipfile
import zlib
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from PIL import Image

from cases import evidence_files
from cases.evidence_files import FileRefused, file_name, take_in
from cases.models import Evidence, Reveal
from cases.operations.evidence import add_evidence, download_evidence, reveal_evidence, shown_picture
from cases.search_language import parse
from cases.searching import search_cases
from foundation.accounts.models import ApiKey
from foundation.audit.models import Entry
from foundation.workflow.moves import MoveRefused


@pytest.fixture(autouse=True)
def _shelf(settings, tmp_path):
    """Evidence of a test lies in a directory of its own."""
    settings.STORAGES = settings.STORAGES | {
        "evidence": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }


def picture(kind="JPEG", size=(60, 40), mode="RGB", **saved) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "teal").save(out, kind, **saved)
    return out.getvalue()


def photo() -> bytes:
    """As a telephone takes it: lying on its side, with where and with what it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Canary Camera"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif, comment=b"canary comment")


def add(case, by, now, data=b"The gate was open.", name="gate.txt", **told):
    return add_evidence(case, chunks=[data], name=name, by=by, now=now, **told)


def stored(name: str) -> bytes:
    with storages["evidence"].open(name) as file:
        return file.read()


def test_the_bytes_are_kept_as_received_with_their_digest(case, agent, now, happened):
    data = photo()
    evidence, was_there = add(case, agent, now, data, "IMG_1.jpg", title="The gate")
    assert not was_there
    assert (evidence.sha256, evidence.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (evidence.content_type, evidence.title, evidence.original_name) == ("image/jpeg", "The gate", "IMG_1.jpg")
    assert stored(evidence.stored_as) == data
    assert happened(case)[-1] == "evidence.added"


def test_the_picture_that_is_shown_stands_upright_and_carries_nothing_else(case, agent, now):
    evidence = add(case, agent, now, photo()).evidence
    shown = stored(evidence.display_as)
    assert b"canary" not in shown.lower()
    with Image.open(io.BytesIO(shown)) as opened:
        assert opened.size == (40, 60)
        assert not opened.getexif()


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGB"), ("PNG", "I;16"), ("JPEG", "CMYK")]
)
def test_pictures_of_every_kind_can_be_shown(case, agent, now, kind, mode):
    data = io.BytesIO()
    Image.new(mode, (30, 20)).save(data, kind)
    evidence = add(case, agent, now, data.getvalue()).evidence
    assert evidence.is_image
    with Image.open(io.BytesIO(stored(evidence.display_as))) as shown:
        assert shown.size == (30, 20)
        assert Image.MIME[shown.format] == evidence.display_type


def test_a_large_picture_is_shown_smaller(case, agent, now):
    evidence = add(case, agent, now, picture(size=(5_000, 1_000))).evidence
    with Image.open(io.BytesIO(stored(evidence.display_as))) as shown:
        assert max(shown.size) == evidence_files.SHOWN_PIXELS


def _wav() -> bytes:
    return b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(20)


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return out.getvalue()


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


HEIC = _box(b"ftyp", b"heic\0\0\0\0mif1") + _box(b"meta", bytes(20)) + _box(b"mdat", bytes(200))

TAKEN = [
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "application/pdf"),
    (b"ID3\x04\x00\x00" + bytes(40), "audio/mpeg"),
    (b"\xff\xfb\x90\x64" + bytes(40), "audio/mpeg"),
    (_wav(), "audio/wav"),
    (b"OggS\x00\x02" + bytes(40), "audio/ogg"),
    (b"fLaC\x00\x00\x00\x22" + bytes(40), "audio/flac"),
    (b"\x00\x00\x00\x20ftypisom" + bytes(40), "video/mp4"),
    (b"\x00\x00\x00\x20ftypM4A " + bytes(40), "audio/mp4"),
    (b"\x00\x00\x00\x14ftypqt  " + bytes(40), "video/quicktime"),
    (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(40), "video/webm"),
    (HEIC, "image/heic"),
    (b"From: a@example.com\nSubject: Rings\nDate: Wed, 18 Nov 2026 12:00:00 +0000\n\nHello.\n", "message/rfc822"),
    (b"date,what\n2026-11-18,ring\n2026-11-19,box\n", "text/csv"),
    ("Señora, ¿dónde está el anillo?".encode(), "text/plain"),
    ("Señora".encode("latin-1"), "text/plain"),
    (b"From: nobody in particular\nwe heard it.", "text/plain"),
    (codecs.BOM_UTF16_LE + "Señora, ¿dónde está el anillo?".encode("utf-16-le"), "text/plain"),
    (codecs.BOM_UTF16_BE + "date,what\n2026-11-18,ring\n2026-11-19,box\n".encode("utf-16-be"), "text/csv"),
]


@pytest.mark.parametrize(
    ("data", "content_type"), TAKEN, ids=[f"{told}-{number}" for number, (_, told) in enumerate(TAKEN)]
)
def test_what_a_file_is_is_told_from_its_bytes_whatever_its_name_says(case, agent, now, data, content_type):
    assert add(case, agent, now, data, "holiday.exe").evidence.content_type == content_type


def _bomb() -> bytes:
    """A PNG of some 60 kB that would unpack to 1.2 gigabytes."""
    rows = zlib.compress(bytes(20_001) * 1_000, 9)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


REFUSED = [
    ("program", b"MZ\x90\x00" + bytes(60), "not_taken"),
    ("elf", b"\x7fELF\x02\x01\x01" + bytes(60), "not_taken"),
    ("archive", _zip(), "not_taken"),
    ("page", b"<!doctype html><script>alert(1)</script>", "not_taken"),
    ("drawing", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "not_taken"),
    ("page_after_words", b"Dear all\n<script>alert(1)</script>", "not_taken"),
    ("picture_and_archive", picture() + _zip(), "not_taken"),
    ("picture_and_page", picture(comment=b"<script>alert(1)</script>"), "not_taken"),
    ("gif_and_script", b"GIF89a/*" + bytes(40), "not_whole"),
    ("picture_and_document", picture(comment=b"%PDF-1.4 obj"), "not_taken"),
    ("half_a_picture", photo()[:-200], "not_whole"),
    ("only_the_head", b"\x89PNG\r\n\x1a\n" + bytes(40), "not_whole"),
    ("heic_head", b"\x00\x00\x00\x0cftypheic", "not_whole"),
    ("heic_without_its_end", HEIC[:-1], "not_whole"),
    ("heic_without_a_picture", _box(b"ftyp", b"heic\0\0\0\0mif1"), "not_whole"),
    ("page_in_utf_16", codecs.BOM_UTF16_LE + "<script>alert(1)</script>".encode("utf-16-le"), "not_taken"),
    ("sound_that_is_no_text", codecs.BOM_UTF16_LE + bytes(40), "not_taken"),
    ("half_a_letter", codecs.BOM_UTF16_LE + b"abc", "not_taken"),
    ("pixel_flood", _bomb(), "too_large"),
    ("empty", b"", "not_whole"),
    ("noise", bytes(range(1, 32)) * 30, "not_taken"),
]


@pytest.mark.parametrize(("data", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_not_taken_leaves_nothing_behind(case, agent, now, tmp_path, data, code):
    with pytest.raises(FileRefused) as refused:
        add(case, agent, now, data, "cat.jpg")
    assert refused.value.code == code
    assert not Evidence.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_that_is_too_large_is_refused_before_it_has_all_come():
    came = []

    def endless():
        while True:
            came.append(1)
            yield bytes(1_000_000)

    with pytest.raises(FileRefused) as refused:
        take_in(endless(), max_bytes=3_000_000)
    assert refused.value.code == "too_large"
    assert len(came) == 4


def test_the_same_file_again_is_the_one_that_is_there(case, agent, now, tmp_path):
    first = add(case, agent, now).evidence
    again = add(case, agent, now, name="other.txt")
    assert again == (first, True)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    assert Entry.objects.filter(event="evidence.added").count() == 1


def test_the_same_file_on_another_case_is_its_own(make_case, agent, now):
    one, other = make_case(), make_case()
    assert add(one, agent, now).evidence != add(other, agent, now).evidence


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\gate.jpg", "gate.jpg"),
        ("a\x00b\n.jpg", "ab.jpg"),
        ("..", "file"),
        ("\ud800", "file"),
    ],
)
def test_a_name_is_only_a_name(name, kept):
    assert file_name(name) == kept


def test_an_integration_adds_no_evidence_without_its_scope(case, integration, now):
    key = ApiKey.objects.create(
        integration=integration, prefix="p", sha256="0" * 64, scopes=["cases:write"], created_at=now
    )
    with pytest.raises(MoveRefused, match="not among"):
        add(case, key, now)


def test_a_look_is_recorded_once_in_half_an_hour(case, agent, now, happened):
    evidence = add(case, agent, now, photo()).evidence
    first = reveal_evidence(evidence, by=agent, now=now)
    assert first.expires_at == now + timedelta(minutes=30)
    assert reveal_evidence(evidence, by=agent, now=now + timedelta(minutes=29)) == first
    reveal_evidence(evidence, by=agent, now=now + timedelta(minutes=30))
    assert happened(case).count("evidence.revealed") == 2


def test_nothing_is_shown_or_downloaded_before_it_is_revealed(case, agent, now, happened):
    data = photo()
    evidence = add(case, agent, now, data).evidence
    for deed in (shown_picture, download_evidence):
        with pytest.raises(MoveRefused, match="Reveal it first"):
            deed(evidence, by=agent, now=now)
    reveal_evidence(evidence, by=agent, now=now)
    with shown_picture(evidence, by=agent, now=now) as shown, download_evidence(evidence, by=agent, now=now) as whole:
        assert shown.read() != data
        assert whole.read() == data
    assert happened(case)[-1] == "evidence.downloaded"
    with pytest.raises(MoveRefused, match="Reveal it first"):
        download_evidence(evidence, by=agent, now=now + timedelta(minutes=31))


def test_somebody_elses_look_opens_nothing(case, agent, colleague, now):
    evidence = add(case, agent, now).evidence
    reveal_evidence(evidence, by=agent, now=now)
    with pytest.raises(MoveRefused, match="Reveal it first"):
        download_evidence(evidence, by=colleague, now=now)


def test_evidence_in_a_compartment_is_there_only_for_who_holds_it(case, agent, lead, now):
    evidence = add(case, agent, now, b"Fracture of the wrist.", compartment="medical", title="Hospital letter").evidence
    with pytest.raises(MoveRefused, match="no such evidence"):
        reveal_evidence(evidence, by=agent, now=now)
    assert reveal_evidence(evidence, by=lead, now=now).user == lead
    assert not search_cases(parse("hospital"), reader=agent, now=now).exists()
    assert list(search_cases(parse("hospital"), reader=lead, now=now)) == [case]


def test_evidence_names_only_parties_of_its_case(make_case, agent, now):
    party = make_case().parties.first()
    with pytest.raises(MoveRefused, match="Nobody of that name"):
        add(make_case(), agent, now, party=party)


def test_quality_and_an_unknown_compartment_are_refused(case, agent, quality, now):
    with pytest.raises(MoveRefused, match="not among"):
        add(case, quality, now)
    with pytest.raises(MoveRefused, match="no such compartment"):
        add(case, agent, now, compartment="secret")
    assert not Reveal.objects.exists()


def test_a_picture_in_heic_says_that_it_is_only_downloaded(client, case, agent, now):
    evidence = add(case, agent, now, HEIC, "IMG_7.heic").evidence
    client.force_login(agent)
    page = client.post(
        f"{case.get_absolute_url()}evidence/{evidence.pk}/reveal/", headers={"HX-Request": "true"}
    ).content.decode()
    assert "not shown here" in page
    assert "<img" not in page


def test_too_many_files_in_one_form_are_answered_with_how_many_may_be(client, case, agent):
    client.force_login(agent)
    files = [io.BytesIO(b"The gate was open.") for _each in range(101)]
    answer = client.post(f"{case.get_absolute_url()}evidence/", {"files": files})
    assert answer.status_code == 400
    assert "100 files at most" in answer.content.decode()
    assert not Evidence.objects.exists()
