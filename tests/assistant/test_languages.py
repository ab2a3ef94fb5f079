import pytest

from assistant.languages import count_foreign, looks_english
from assistant.records import Article
from tests.demo import demo_articles

OTHERS = {
    "German": "Der Teig ruht über Nacht und wird am Morgen in der Backstube zu Brot gebacken. ",
    "French": "La pâte repose toute la nuit et devient du pain dans le four du boulanger. ",
    "Spanish": "La masa descansa toda la noche y por la mañana se hornea el pan en la tahona. ",
    "Dutch": "Het deeg rust de hele nacht en wordt in de ochtend tot brood gebakken. ",
    "Greek": "Το ζυμάρι ξεκουράζεται όλη τη νύχτα και το πρωί γίνεται ψωμί στον φούρνο. ",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_languages_do_not_look_english(text):
    assert not looks_english(text * 6)


def test_every_demo_article_looks_english():
    assert [a.file for a in demo_articles() if not looks_english(a.body)] == []


def test_a_few_words_and_code_are_no_evidence():
    assert looks_english("Brot und Salz")
    assert looks_english("```\n" + "val wert = zahl\n" * 50 + "```")


def test_languages_are_counted_by_mark_first():
    articles = [
        Article("a", "A", OTHERS["German"] * 6, language="de"),
        Article("b", "B", OTHERS["French"] * 6),
        Article("c", "C", "Short.", language="en-GB"),
    ]

    assert count_foreign(articles, ("en",)) == {"de": 1, "not English": 1}
