"""The zero-shot classifier as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.models.clip import DigitCLIP
from genlab.vision.captions import COLOURS, CONTEXT, VOCABULARY, encode
from genlab.widgets import ZeroShotClassifier
from genlab.widgets.zero_shot_classifier.networks import image_tower, text_tower

START = ["a red zero", "a red three", "a blue zero", "a black nine"]


def small(**sizes: Any) -> DigitCLIP:
    torch.manual_seed(0)
    return DigitCLIP(
        **{"vocabulary": len(VOCABULARY), "context": CONTEXT, "width": 16} | sizes
    ).eval()


@pytest.fixture(scope="module")
def model() -> DigitCLIP:
    return small(depth=1)


@pytest.fixture
def classifier(model) -> ZeroShotClassifier:
    return ZeroShotClassifier(model)


def test_starts_with_four_labels_and_the_models_scale(classifier, model):
    assert classifier.candidates() == START
    assert (classifier.digit, classifier.colour) == (0, "red")
    assert classifier.scale == pytest.approx(model.logit_scale.exp().item(), abs=0.05)
    assert classifier.ranges["scale"] == [0, 100]
    assert classifier.ranges["colour"] == {"words": list(COLOURS)}
    assert classifier.vocabulary[:5] == ["<pad>", "<start>", "<unknown>", "<end>", "a"]
    assert len(classifier.all_pairs.split("\n")) == 60


@torch.no_grad()
def test_cosines_and_probabilities_are_those_of_the_whole_clip(classifier, model):
    classifier.digit, classifier.colour = 7, "green"
    classifier.labels = "a green seven\na red seven\nthis is a photo of a green one."
    classifier.scale = 5
    ink = load_digits("test").of_class(7)[:1]
    image = 1 - ink * (1 - torch.tensor(COLOURS["green"]).view(1, 3, 1, 1))
    torch.testing.assert_close(classifier.image(), image)
    tokens = encode(classifier.candidates())
    found: Any = model(input_ids=tokens, pixel_values=2 * image - 1)
    cosines = (found.image_embeds @ found.text_embeds.T)[0]
    torch.testing.assert_close(classifier.cosines(), cosines, atol=1e-6, rtol=0)
    torch.testing.assert_close(classifier.probabilities(), (5 * cosines).softmax(dim=0))


def test_labels_may_be_a_list_or_a_text(model):
    both = [ZeroShotClassifier(model, labels) for labels in (["red", "blue"], "red\nblue")]
    assert [one.candidates() for one in both] == [["red", "blue"]] * 2


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("digit", 10, "digit is 10; expected a whole number from 0 to 9"),
        ("colour", "pink", "colour is 'pink'; expected one of red, orange"),
        ("scale", 101.0, "scale is 101; expected a number from 0 to 100"),
        ("labels", "", "labels is ''; expected words in each line"),
        ("labels", "a red zero\n\nred", "expected words in each line, one label a line"),
        ("labels", "a red cat", "words that DigitCLIP never read: cat; use its own: a, red"),
        ("labels", "red\nblue\nred", "labels has 'red' more than once"),
        ("labels", "\n".join(["red"] * 61), "labels has 61 labels; expected at most 60"),
        ("labels", " ".join(["red"] * 11), "has 11 words and marks; expected at most 10"),
    ],
)
def test_a_value_that_cannot_be_is_refused(classifier, model, name, value, message):
    before = getattr(classifier, name)
    with pytest.raises(ValueError, match=message):
        setattr(classifier, name, value)
    assert getattr(classifier, name) == before
    with pytest.raises(ValueError, match=message):
        ZeroShotClassifier(model, **{name: value})


def test_wrong_types_are_refused(classifier):
    with pytest.raises(traitlets.TraitError, match="labels"):
        classifier.labels = ["red"]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (nn.Linear(2, 2), TypeError, "the model is a Linear without `vision_model`; expected"),
        (lambda: small(vocabulary=20), ValueError, "knows 20 words and texts of 12 tokens"),
        (lambda: small(context=8), ValueError, "texts of 8 tokens; expected at least"),
    ],
)
def test_wrong_models(wrong, error, message):
    with pytest.raises(error, match=message):
        ZeroShotClassifier(wrong if isinstance(wrong, nn.Module) else wrong())


def test_pictures_of_another_size_are_refused():
    from transformers import CLIPModel

    from genlab.models.clip import clip_config

    config = clip_config(len(VOCABULARY), CONTEXT, width=16)
    config.vision_config.image_size = 56
    with pytest.raises(ValueError, match="takes pictures of 56 pixels a side; expected 28"):
        ZeroShotClassifier(CLIPModel(config))


def test_observe_and_link_and_box(classifier, model):
    other, seen = ZeroShotClassifier(model), []
    classifier.observe(lambda change: seen.append(change["new"]), "labels")
    link = ipywidgets.link((classifier, "labels"), (other, "labels"))
    other.labels = "red\nblue"
    assert classifier.candidates() == ["red", "blue"]
    assert seen == ["red\nblue"]
    link.unlink()
    assert ipywidgets.HBox([classifier, other]).children == (classifier, other)


def test_refresh_follows_the_model():
    model = small(depth=1)
    classifier = ZeroShotClassifier(model)
    before = classifier.stored
    with torch.no_grad():
        model.text_projection.weight.mul_(-1)
    classifier.refresh()
    turned = [[-value for value in row] for row in before["texts"]]
    np.testing.assert_allclose(classifier.stored["texts"], turned, atol=2e-5)
    assert classifier.stored["image"] == before["image"]


def test_the_kernel_answers_with_the_readers_model(classifier, model, monkeypatch):
    answers = []
    monkeypatch.setattr(classifier, "send", lambda *answer: answers.append(answer))
    tokens = encode(["red", "a blue nine"]).float()
    request = {"kind": "run", "id": "a-1", "network": "text"}
    content = {**request, "inputs": [{"shape": [2, CONTEXT]}]}
    classifier._handle_custom_msg(content, [memoryview(tokens.numpy().tobytes())])
    ((reply, (output,)),) = answers
    assert reply["kind"] == "result"
    with torch.no_grad():
        wanted = text_tower(model)(tokens).numpy()
    np.testing.assert_allclose(np.frombuffer(output, np.float32).reshape(2, 16), wanted)


def test_vectors_have_length_one(model):
    with torch.no_grad():
        for vectors in (
            image_tower(model)(torch.rand(4, 3, 28, 28)),
            text_tower(model)(encode(START).float()),
        ):
            torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))


# -- without a kernel ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> ZeroShotClassifier:
    return ZeroShotClassifier()


def test_the_courses_own_network_by_default(shipped):
    assert shipped.page_networks() == {"image": "digit-clip.image", "text": "digit-clip.text"}


def test_page_html_carries_state_networks_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="zero-shot-classifier" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert state["labels"].split("\n") == START
    assert len(state["stored"]["image"]) == 48
    assert [len(one) for one in state["stored"]["texts"]] == [48] * 4
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 20_000
    assert alt.startswith(
        "A 0 in red on white paper. Beside it a bar for each of 4 labels, the likeliest first: "
        "a red zero, cosine 0."
    )
    assert len(html) <= 40_000


def test_html_only_when_the_site_is_built(classifier, monkeypatch):
    monkeypatch.delenv("GENLAB_SITE", raising=False)
    data, _ = classifier._repr_mimebundle_()
    assert "text/html" not in data
    assert data["text/plain"] == "ZeroShotClassifier(red 0; 4 labels)"


def test_own_models_show_their_picture_and_say_so(classifier):
    html = classifier.page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html


def test_a_model_that_was_trained_further_is_not_passed_off_as_the_sites():
    model = load_model("digit-clip")
    with torch.no_grad():
        model.logit_scale.add_(0.01)
    assert ZeroShotClassifier(model).page_networks() is None
