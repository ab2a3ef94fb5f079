import pytest

from assistant.pair_settings import VoiceSettings
from assistant.records import Article
from ingest.voice import mark_voice

GUEST = Article(
    "g",
    "Notes",
    "x",
    file="posts/guest-notes.md",
    url="https://example.org/Partners/notes",
    authors=("Ada Ames", "Bo Berg"),
    tags=("Translation", "search"),
)


@pytest.mark.parametrize(
    "rules",
    [
        {"only_authors": ["Cy Cole"]},
        {"not_authors": ["bo berg"]},
        {"not_tags": ["translation"]},
        {"not_paths": ["/partners/*"]},
        {"not_paths": ["*/guest-*"]},
    ],
    ids=str,
)
def test_a_rule_takes_the_voice(rules):
    assert not mark_voice(GUEST, VoiceSettings(**rules)).voice


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"only_authors": ["Ada Ames"]},
        {"not_authors": ["Ada"]},
        {"not_tags": ["trans"]},
        {"not_paths": ["partners"]},
    ],
    ids=str,
)
def test_what_no_rule_fits_stays(rules):
    assert mark_voice(GUEST, VoiceSettings(**rules)) is GUEST


def test_no_rule_gives_a_voice_back():
    silent = Article("s", "S", "x", authors=("Ada Ames",), voice=False)

    assert not mark_voice(silent, VoiceSettings(only_authors=("Ada Ames",))).voice
