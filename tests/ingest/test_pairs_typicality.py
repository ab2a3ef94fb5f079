"""Which articles teach the voice, and why the others do not."""

from assistant.pair_settings import VoiceSettings
from assistant.records import Article
from ingest.pairs.typicality import judge_voices

HOUSE = "We keep the plate and we ink it. The press runs, and we look at the sheet. "
STRANGER = (
    "Whereupon, notwithstanding whichever of these should thereby be, would such; yet might those"
    " not, upon whom; were they either; or neither; whose; until; though! Would; could; should! "
)


def article(name, body=HOUSE, n=20, **fields):
    return Article(name, name.title(), body * n, **{"published": "2025-01-01", **fields})


def verdicts(articles, **rules):
    return {v.article.id: v for v in judge_voices(articles, VoiceSettings(**rules))}


def many(n=20):
    return [article(f"a{i}", n=18 + i % 5) for i in range(n)]


def test_a_stranger_among_many_teaches_no_voice_and_its_distance_is_told():
    found = verdicts([*many(), article("guest", STRANGER, n=15)])

    assert not found["guest"].teaches
    assert found["guest"].reason.startswith("far from the publication's voice: ")
    assert all(found[f"a{i}"].teaches for i in range(20))
    assert found["guest"].delta > max(found[f"a{i}"].delta for i in range(20))


def test_a_small_archive_has_no_centre_to_be_far_from():
    found = verdicts([*many(5), article("guest", STRANGER, n=15)])

    assert found["guest"].teaches
    assert found["guest"].delta is None


def test_rules_leave_articles_out_and_say_which_rule():
    articles = [
        article("old", published="2019-12-31"),
        article("new", published="2020-01-01"),
        article("marked", voice=False),
        article("gone", superseded_by="new"),
        article("german", language="de"),
    ]

    found = verdicts(articles, since="2020-01-01")

    assert [name for name, verdict in found.items() if verdict.teaches] == ["new"]
    assert "before voice.since 2020-01-01" in found["old"].reason
    assert "marked so" in found["marked"].reason
