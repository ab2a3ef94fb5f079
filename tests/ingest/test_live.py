import io
import logging
import sys

from rich.console import Console

from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.live import LiveWatch, open_watch, show_live
from ingest.watch import LogWatch

FOLDER, FEED = SourceSettings(folder="posts"), SourceSettings(feed="feed.xml")


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def shown(watch):
    console = Console(file=io.StringIO(), width=100, record=True)
    console.print(watch.render())
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_each_source_has_its_numbers():
    watch = LiveWatch(Clock())
    for _ in range(3):
        watch.item(FOLDER, Article("a", "A", "x"))
    for reason in ("draft", "no_text", "draft"):
        watch.item(FOLDER, Dropped("d", reason, "why"))
    watch.item(FEED, Article("b", "B", "x"))

    assert shown(watch) == [
        "source read kept dropped",
        "folder: posts 6 3 2 draft, 1 no_text",
        "feed: feed.xml 1 1 -",
        "reading sources, 0 s",
    ]


def test_a_step_says_its_pace_and_the_time_left():
    clock = Clock()
    watch = LiveWatch(clock)

    with watch.step("embedding passages") as report:
        clock.seconds = 10.0
        report(130, 1300)
        # 13 a second; 1,170 to go.
        assert shown(watch)[-1] == "embedding passages: 130 of 1,300, 13.0 a second, 90 s left"


def test_the_next_step_starts_from_nothing():
    clock = Clock()
    watch = LiveWatch(clock)
    with watch.step("cutting passages") as report:
        report(5, 5)
    clock.seconds = 7.0

    with watch.step("fitting"):
        clock.seconds = 9.0
        assert shown(watch)[-1] == "fitting, 2 s"


def test_brackets_in_a_name_are_words_and_not_markup():
    watch = LiveWatch(Clock())
    watch.item(SourceSettings(folder="[red]posts"), Dropped("d", "[bold]", "why"))

    assert shown(watch)[1] == "folder: [red]posts 1 0 1 [bold]"


def test_log_lines_are_written_above_the_table():
    out = io.StringIO()
    handler = logging.StreamHandler(sys.stderr)
    before = handler.stream
    logger = logging.getLogger()
    logger.addHandler(handler)
    try:
        with show_live(Console(file=out, force_terminal=True, width=80)) as watch:
            logging.getLogger("ingest.live.test").warning("a source is down")
            watch.item(FOLDER, Article("a", "A", "x"))
    finally:
        logger.removeHandler(handler)

    assert handler.stream is before
    assert "a source is down" in out.getvalue()
    assert out.getvalue().index("a source is down") < out.getvalue().rindex("folder: posts")


def test_without_a_terminal_there_are_plain_lines():
    with open_watch() as watch:
        assert isinstance(watch, LogWatch)
