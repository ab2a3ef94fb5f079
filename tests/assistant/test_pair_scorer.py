import json

import pytest

from assistant.errors import ModelMissing
from assistant.pair_scorer import SecondReaders, load_second_readers
from assistant.records import Found
from assistant.settings import ModelSettings
from tests.fakes import ARTICLES, cut_paragraphs

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "what", "rank", "does", "it", "train"]
THREE = {0: "contradiction", 1: "entailment", 2: "neutral"}


class ScoreByLength:
    """The longer the second text, the better."""

    def __init__(self):
        self.pairs = []

    def score(self, pairs):
        import numpy as np

        self.pairs += pairs
        return np.array([len(second) for _, second in pairs], dtype=np.float32)


def hits(n):
    places = [(a, p) for a in ARTICLES for p in cut_paragraphs(a)]
    return [Found(p, a, 0.9 - i / 100, 0.5, 0.5) for i, (a, p) in enumerate((places * 9)[:n])]


def write_model(folder, **config):
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    sizes = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
    settings = BertConfig(vocab_size=len(WORDS), intermediate_size=16, **sizes, **config)
    BertForSequenceClassification(settings).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)


def test_a_reranker_gives_the_order_and_the_scores_keep_their_places():
    found, reader = hits(3), ScoreByLength()

    ranked = SecondReaders(reranker=reader).rerank("What rank?", found)

    lengths = [len(second) for _, second in reader.pairs]
    assert [question for question, _ in reader.pairs] == ["What rank?"] * 3
    assert reader.pairs[0][1] == f"Pick your rank > What the rank costs\n{found[0].passage.text}"
    assert [item.passage.id for item in ranked] == [
        item.passage.id for _, item in sorted(zip(lengths, found, strict=True), key=lambda p: -p[0])
    ]
    assert [item.score for item in ranked] == [item.score for item in found]


def test_what_stands_far_down_is_not_read_again():
    found, reader = hits(25), ScoreByLength()

    ranked = SecondReaders(reranker=reader).rerank("What rank?", found)

    assert len(reader.pairs) == 20
    assert ranked[20:] == found[20:]


def test_with_no_model_set_nothing_changes():
    found = hits(3)

    assert SecondReaders().rerank("What rank?", found) == found
    assert SecondReaders().entails(found[0], "Anything at all.")
    assert load_second_readers(ModelSettings()) == SecondReaders()


def test_both_models_are_read_from_folders_and_give_scores_and_probabilities(tmp_path):
    from transformers import set_seed

    set_seed(1)
    models = ModelSettings(
        reranker=write_model(tmp_path / "reranker", num_labels=1),
        nli=write_model(
            tmp_path / "nli", id2label=THREE, label2id={v: k for k, v in THREE.items()}
        ),
    )
    pairs = [("what rank", "it does train"), ("what", "rank")]

    readers = load_second_readers(models)
    scores = readers.reranker.score(pairs)

    assert scores.shape == (2,)
    assert readers.reranker.score(pairs[::-1]).tolist() == pytest.approx(scores.tolist()[::-1])
    assert readers.reranker.score([]).shape == (0,)
    assert readers.nli.score(pairs) == pytest.approx(by_hand(tmp_path / "nli", pairs), abs=1e-5)


def by_hand(folder, pairs):
    """The probability of entailment, by transformers alone."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(folder)(
        [a for a, _ in pairs], [b for _, b in pairs], padding=True, return_tensors="pt"
    )
    with torch.no_grad():
        logits = AutoModelForSequenceClassification.from_pretrained(folder).eval()(**tokens).logits
    return logits.softmax(-1)[:, 1].tolist()


@pytest.mark.parametrize(
    ("key", "labels", "says"),
    [
        ("reranker", THREE, "gives 3 of them, not one score"),
        ("nli", {0: "yes"}, "gives 1 of them, not three classes, one of them entailment"),
        ("nli", {0: "a", 1: "b", 2: "c"}, "names its classes a, b, c; none is entailment"),
        ("nli", THREE, "holds no safetensors weights"),
        ("nli", None, "has no config.json"),
    ],
)
def test_a_model_of_another_kind_is_refused_by_name(tmp_path, key, labels, says):
    if labels is not None:
        text = json.dumps({"id2label": labels})
        (tmp_path / "config.json").write_text(text, encoding="utf-8")

    with pytest.raises(ModelMissing, match=f"models.{key}: .*{says}"):
        load_second_readers(ModelSettings(**{key: str(tmp_path)}))
