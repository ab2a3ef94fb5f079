"""PDF files that name other files, hosts and programs: none is opened, asked or run."""

from __future__ import annotations

import sys

import pytest

from ingest.limited import LimitedWorker
from ingest.pdf import parse_pdf
from tests.ingest.pdf_files import join_objects, make_pdf, one_page, show_lines, stream
from tests.web import serving

LINE = "A line of text that is read."
TARGETS = (
    "CANARY",
    "../../CANARY",
    "file://CANARY",
    "HOST/x",
    "\\\\\\\\host\\\\share\\\\x",
    "CANARY.gz",
)
EVENTS = ("open", "socket.", "subprocess.", "os.", "shutil.", "urllib.", "ctypes.", "pickle.")
_noted: list[str] = []


def note(event, arguments):
    if event.startswith(EVENTS):
        _noted.append(f"{event} {arguments[0] if arguments else ''}")


def parse_watched(data):
    """Run in the child: return what the parser opened, asked or ran, and the text it gave."""
    if note not in _watching:
        sys.addaudithook(note)
        _watching.append(note)
    _noted.clear()
    try:
        text = "".join(parse_pdf(data)["pages"])
    except ValueError:
        text = ""
    return [list(_noted), text]


_watching: list[object] = []


def name_of(target):
    """Return a PDF name of any characters."""
    return "/" + "".join(c if c.isalnum() else f"#{ord(c):02x}" for c in target)


def with_font(font, **more):
    """Return a file whose text is set in a font of these entries."""
    objects = one_page(stream(show_lines([LINE])))
    objects[3] = f"<< /Type /Font /BaseFont /Odd {font} >>".encode()
    return join_objects(objects | {int(n[1:]): text for n, text in more.items()})


def with_catalog(entries, **more):
    """Return a file whose catalogue holds these entries."""
    objects = one_page(stream(show_lines([LINE])))
    objects[1] = f"<< /Type /Catalog /Pages 2 0 R {entries} >>".encode()
    return join_objects(objects | {int(n[1:]): text for n, text in more.items()})


CID = "/Subtype /Type0 /DescendantFonts [20 0 R]"
DESCENDANT = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Odd /CIDSystemInfo << >> >>"
FORMS = {
    "a CMap as encoding": lambda t: with_font(f"{CID} /Encoding {name_of(t)}", n20=DESCENDANT),
    "a CMap as text map": lambda t: with_font(
        f"{CID} /Encoding /Identity-H /ToUnicode {name_of(t)}", n20=DESCENDANT
    ),
    "a CMap that uses another": lambda t: with_font(
        f"{CID} /Encoding 21 0 R",
        n20=DESCENDANT,
        n21=stream(b"begincmap endcmap", extra=f"/Type /CMap /UseCMap {name_of(t)} "),
    ),
    "a text map that uses another": lambda t: with_font(
        f"{CID} /Encoding /Identity-H /ToUnicode 21 0 R",
        n20=DESCENDANT,
        n21=stream(f"{name_of(t)} usecmap".encode()),
    ),
    "a simple font's encoding": lambda t: with_font(f"/Subtype /Type1 /Encoding {name_of(t)}"),
    "a collection of letters": lambda t: with_font(
        f"{CID} /Encoding /Identity-H",
        n20=DESCENDANT.replace(b"<< >>", f"<< /Registry ({t}) /Ordering ({t}) >>".encode()),
    ),
    "contents in another file": lambda t: join_objects(
        one_page(stream(b"", extra=f"/F ({t}) /FFilter /FlateDecode "))
    ),
    "a picture in another file": lambda t: join_objects(
        one_page(stream(b"/X Do"), "<< /XObject << /X 12 0 R >> >>")
        | {12: stream(b"", extra=f"/Type /XObject /Subtype /Image /F ({t}) ")}
    ),
    "a form that stands for a page of another": lambda t: join_objects(
        one_page(stream(b"/X Do"), "<< /XObject << /X 12 0 R >> >>")
        | {12: stream(b"", extra=f"/Subtype /Form /BBox [0 0 9 9] /Ref << /F ({t}) /Page 0 >> ")}
    ),
    "an attachment": lambda t: with_catalog(
        f"/Names << /EmbeddedFiles << /Names [({t}) 20 0 R] >> >>",
        n20=f"<< /Type /Filespec /F ({t}) /UF ({t}) /EF << /F 21 0 R >> >>".encode(),
        n21=stream(b"MZ"),
    ),
    "a script at opening": lambda t: with_catalog(
        f"/OpenAction << /S /JavaScript /JS (app.launchURL\\('{t}'\\)) >>"
    ),
    "a script by name": lambda t: with_catalog(
        f"/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (run\\('{t}'\\)) >>] >> >>"
    ),
    "a program": lambda t: with_catalog(
        f"/OpenAction << /S /Launch /F ({t}) /Win << /F ({t}) >> >>"
    ),
    "an address": lambda t: with_catalog(f"/OpenAction << /S /URI /URI ({t}) >>"),
    "a page of another file": lambda t: with_catalog(
        f"/OpenAction << /S /GoToR /F ({t}) /D [0 /Fit] >>"
    ),
    "a form that is sent": lambda t: with_catalog(f"/OpenAction << /S /SubmitForm /F ({t}) >>"),
    "data that is brought in": lambda t: with_catalog(f"/OpenAction << /S /ImportData /F ({t}) >>"),
    "a form in XML": lambda t: with_catalog(
        "/AcroForm << /XFA 20 0 R >> /Metadata 20 0 R",
        n20=stream(f'<!DOCTYPE x [<!ENTITY e SYSTEM "{t}">]><x>&e;</x>'.encode()),
    ),
}


@pytest.fixture(scope="module")
def watched():
    """What one child noted of each form with each target, and the addresses that were asked."""
    noted = {}
    with serving() as host, LimitedWorker() as worker:
        worker.run(parse_watched, make_pdf([[LINE]]))  # so that no module is opened below
        harmless = worker.run(parse_watched, make_pdf([[LINE]]))
        assert harmless == [[], f"{LINE}\n"]
        for name, make in FORMS.items():
            for target in TARGETS:
                pdf = make(target.replace("CANARY", __file__).replace("HOST", host.url))
                noted[name, target] = worker.run(parse_watched, pdf)
        yield noted, list(host.asked)


def test_no_file_is_opened_no_host_asked_and_no_program_run(watched):
    noted, asked = watched
    ours = (sys.prefix, sys.base_prefix)
    outside = {
        form: events
        for form, (events, _) in noted.items()
        if any(not event.partition(" ")[2].startswith(ours) for event in events)
    }

    assert len(noted) == len(FORMS) * len(TARGETS)
    assert outside == {}
    assert asked == []


def test_the_words_of_the_page_are_read_and_no_others(watched):
    noted, _ = watched

    for form, (_, text) in noted.items():
        assert "def parse_watched" not in text, form
    assert {text for (name, _), (_, text) in noted.items() if "script" in name} == {f"{LINE}\n"}


def test_the_watch_sees_a_file_that_is_opened():
    with LimitedWorker() as worker:
        worker.run(parse_watched, make_pdf([[LINE]]))
        assert worker.run(open_canary, b"") == [f"open {__file__}"]


def open_canary(data):
    _noted.clear()
    with open(__file__, "rb") as file:
        file.read(1)
    return list(_noted)
