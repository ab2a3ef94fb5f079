import pytest

from assistant.evidence import read_evidence
from assistant.verify import check_support, is_verbatim

LABEL = "Pick your rank > What the rank costs"
PASSAGE = """A rank of 16 trains 4.9 million parameters on the starter model. Raising the rank \
makes training slower. A merged adapter does not slow the answers at all.

Qwen came before Llama in our tests. The `q_proj` matrix is trained first. Never merge an adapter \
on a Friday. The bench [keeps the sheet](sheet.md) for **a year**.

| rank | parameters |
|---|---|
| 8 | 2.4 million |

```python
config = LoraConfig(r=16)
```
"""
EVIDENCE = read_evidence(LABEL, PASSAGE)

SUPPORTED = {
    "word for word": "Raising the rank makes training slower.",
    "word for word, other marks": "raising the *rank* makes training slower",
    "word for word, a link's words": "The bench keeps the sheet for a year.",
    "a part of a sentence": "A rank of 16 trains 4.9 million parameters.",
    "two neighbours joined": "Raising the rank makes training slower, and a merged adapter does not"
    " slow the answers.",
    "another form of a word": "The q_proj matrix trained first.",
    "the title's words": "What the rank costs: raising the rank makes training slower.",
    "a line of code": "config = LoraConfig(r=16)",
}
UNSUPPORTED = {
    "another subject": "Bread needs yeast and water.",
    "nothing said": "It is so.",
    "a wrong number": "A rank of 16 trains 4.8 million parameters on the starter model.",
    "another thing's number": "Qwen came before Llama in 16 tests.",
    "a wrong name": "Mistral came before Llama in our tests.",
    "a wrong identifier": "The `k_proj` matrix is trained first.",
    "negation lost": "A merged adapter slows the answers.",
    "negation added": "Raising the rank does not make training slower.",
    "negation cut off": "Merge an adapter on a Friday.",
    "the opposite effect": "Raising the rank makes training faster.",
    "the opposite cause": "Lowering the rank makes training slower.",
    "the opposite order": "Qwen came after Llama in our tests.",
    "names swapped": "Llama came before Qwen in our tests.",
    "pieced together": "The rank of a merged adapter trains the starter model.",
    "one word for two claims": "Raising the rank makes training slower, and so does training.",
    "a claim added": "Raising the rank makes training slower and doubles the memory bill.",
}


@pytest.mark.parametrize("sentence", SUPPORTED.values(), ids=SUPPORTED)
def test_what_the_passage_says_is_supported(sentence):
    assert check_support(sentence, EVIDENCE).ok


@pytest.mark.parametrize("sentence", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_the_passage_does_not_say_is_not_supported_and_says_why(sentence):
    support = check_support(sentence, EVIDENCE)

    assert not support.ok
    assert support.reason


@pytest.mark.parametrize("sentence", SUPPORTED.values(), ids=SUPPORTED)
def test_another_article_does_not_support_it(sentence):
    other = read_evidence("Reading the galley", "Read thirty answers aloud before you promote one.")

    assert not check_support(sentence, other).ok


def test_only_a_copy_is_verbatim():
    assert check_support(SUPPORTED["word for word"], EVIDENCE).verbatim
    assert not check_support(SUPPORTED["two neighbours joined"], EVIDENCE).verbatim


def test_every_sentence_of_a_passage_supports_itself():
    for sentence in EVIDENCE.sentences:
        assert is_verbatim(sentence, EVIDENCE)
        assert check_support(sentence, EVIDENCE).ok


def test_a_word_of_the_passage_inside_another_word_is_no_copy():
    evidence = read_evidence("", "The rank costs nothing here.")

    assert not is_verbatim("The rank costs nothing her", evidence)


def test_one_word_from_elsewhere_is_not_supported_however_long_the_sentence():
    evidence = read_evidence(
        "What a low rank is",
        "Because then the first step begins from the model you had, and the first forward pass"
        " gives exactly the answer of the base model.",
    )
    told = "The loop begins at the first step, and the first forward pass gives exactly the answer."

    assert check_support(told, evidence).reason == "words not in the passage"


def test_a_negation_planted_beside_another_is_found():
    evidence = read_evidence(
        "Keys", "A folder with contents cannot be replaced. A rename replaces a file in one step."
    )
    told = "A rename does not replace a file in one step here."

    assert not check_support(told.replace(" here", ""), evidence).ok
