"""The patch explorer as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import json
import re

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from torch import Tensor, nn

from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.models.vit import DeiT, ViT
from genlab.widgets import PatchExplorer
from genlab.widgets.patch_explorer.networks import CHECKPOINTS, looks_in_one_pass, looks_of

SMALL = {"width": 16, "depth": 2, "heads": 2}


@pytest.fixture
def models() -> dict[int, nn.Module]:
    torch.manual_seed(0)
    return {7: ViT(7, **SMALL).eval(), 14: ViT(14, width=16, depth=3, heads=4).eval()}


@pytest.fixture
def explorer(models) -> PatchExplorer:
    return PatchExplorer(models)


def three() -> Tensor:
    return load_digits("test").of_class(3)[:1]


def test_starts_with_the_last_block_and_the_mean_of_its_heads(explorer):
    found = {name: getattr(explorer, name) for name in ("patch", "digit", "block", "head")}
    assert found == {"patch": 7, "digit": 3, "block": 3, "head": 0}
    assert explorer.covered == ""
    assert explorer.shapes == {"14": [3, 4], "7": [2, 2]}
    assert explorer.ranges["patch"] == {"oneOf": [14, 7]}
    assert explorer.sample_labels == "0123456789"


@torch.no_grad()
def test_weights_and_probabilities_are_the_models(explorer, models):
    seen = models[7].attentions(three())[0, :, :, 0, 1:]
    torch.testing.assert_close(explorer.weights(), seen[1].mean(dim=0).view(4, 4))
    explorer.block, explorer.head = 1, 2
    torch.testing.assert_close(explorer.weights(), seen[0, 1].view(4, 4))
    wanted = models[7](three())[0].softmax(dim=0)
    torch.testing.assert_close(explorer.probabilities(), wanted)


@torch.no_grad()
def test_covered_patches_are_paper_to_the_model(explorer, models):
    explorer.covered = "6.7"
    hidden = three().clone()
    hidden[..., 7:14, 7:21] = 0
    assert torch.equal(explorer.image(), hidden)
    wanted = models[7](hidden)[0].softmax(dim=0)
    torch.testing.assert_close(explorer.probabilities(), wanted)


def test_what_is_covered_survives_another_head_and_no_other_digit_or_patch(explorer):
    explorer.covered = "6.7"
    explorer.block, explorer.head = 1, 1
    assert explorer.covered == "6.7"
    explorer.digit = 5
    assert explorer.covered == ""
    explorer.covered = "16"
    explorer.patch = 14
    assert explorer.covered == ""


def test_the_browser_says_itself_what_is_covered(explorer):
    explorer.set_state({"patch": 14, "covered": "2"})
    assert (explorer.patch, explorer.covered) == (14, "2")
    explorer.set_state({"patch": 7, "covered": ""})
    assert (explorer.patch, explorer.covered) == (7, "")


def test_a_model_with_fewer_blocks_and_heads_shows_its_last(models):
    explorer = PatchExplorer(models, block=3, head=4)
    last = PatchExplorer(models, block=2, head=2)
    torch.testing.assert_close(explorer.weights(), last.weights())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("patch", 4, r"patch is 4, of which there is no model; expected one of 14, 7"),
        ("digit", 10, r"digit is 10; there is one of each of 0, 1"),
        ("block", 4, r"block is 4; expected a whole number from 1 to 3"),
        ("head", 5, r"head is 5; expected a whole number from 0 to 4"),
        ("covered", "17", r"covered is '17'; expected numbers of patches from 1 to 16"),
        ("covered", "1,2", r"covered is '1,2'; .* with dots between, such as '1\.2'"),
        ("covered", "1.", r"covered is '1\.'; "),
    ],
)
def test_a_value_that_cannot_be_is_refused(explorer, models, name, value, message):
    before = getattr(explorer, name)
    with pytest.raises(ValueError, match=message):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before
    with pytest.raises(ValueError, match=message):
        PatchExplorer(models, **{name: value})


def test_wrong_types_and_unknown_values_are_refused(explorer, models):
    with pytest.raises(traitlets.TraitError, match="block"):
        explorer.block = "1"
    with pytest.raises(TypeError, match="got layer; expected one of patch, digit, block, head"):
        PatchExplorer(models, layer=1)


class Silent(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros(len(x), 10)


class Telling(Silent):
    """A network that tells of weights of any shape."""

    def __init__(self, *shape: int, classes: int = 10) -> None:
        super().__init__()
        self.shape, self.classes = shape, classes

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros(len(x), self.classes)

    def attentions(self, x: Tensor) -> Tensor:
        return torch.zeros(len(x), *self.shape)


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        ({}, TypeError, r"got no model; expected .* PatchExplorer\({7: model}\)"),
        (ViT(), TypeError, r"got a ViT; expected a model for each size"),
        ({5: ViT()}, ValueError, r"patch is 5; expected one that divides .* 1, 2, 4, 7, 14, 28"),
        ({"7": ViT()}, ValueError, r"patch is '7'; expected one that divides"),
        ({7: Silent()}, TypeError, "of patch 7 is a Silent without `attentions`; expected"),
        ({4: ViT(7)}, ValueError, r"`attentions` of the model of patch 4 gives .*S = 50: a class"),
        ({7: ViT(pool="mean")}, ValueError, "has pool='mean'; expected a class token"),
        ({7: Telling(4, 17, 17)}, ValueError, r"gives \(2, 4, 17, 17\) for 2 digits"),
        ({7: Telling(4, 4, 16, 16)}, ValueError, r"expected \(2, blocks, heads, S, S\)"),
        ({7: Telling(4, 4, 17, 17, classes=9)}, ValueError, r"gives \(2, 9\) .* logits \(2, 10\)"),
    ],
)
def test_wrong_models(models, error, message):
    with pytest.raises(error, match=message):
        PatchExplorer(models)


def test_a_second_token_before_the_patches_is_left_out():
    torch.manual_seed(0)
    model = DeiT(7, **{name: SMALL[name] for name in ("width", "depth")}).eval()
    explorer = PatchExplorer({7: model})
    with torch.no_grad():
        seen = model.attentions(three())[0, -1, :, 0, 2:].mean(dim=0)
    torch.testing.assert_close(explorer.weights(), seen.view(4, 4))


def test_digits_of_the_readers_own(models):
    digits = load_digits("test")
    explorer = PatchExplorer(models, digits.of_class(8)[:2], torch.tensor([8, 8]))
    assert (explorer.digit, explorer.sample_labels) == (8, "8")
    with pytest.raises(ValueError, match="got only one of `images` and `labels`"):
        PatchExplorer(models, digits.images[:2])


def test_observe_and_link_and_box(explorer, models):
    other, seen = PatchExplorer(models), []
    explorer.observe(lambda change: seen.append(change["new"]), "block")
    link = ipywidgets.link((explorer, "block"), (other, "block"))
    other.block = 1
    assert explorer.block == 1
    assert seen == [1]
    link.unlink()
    assert ipywidgets.HBox([explorer, other]).children == (explorer, other)


def test_refresh_follows_the_model(explorer, models):
    before = explorer.stored
    with torch.no_grad():
        models[7].head.bias[0].add_(1)
    explorer.refresh()
    assert explorer.stored["whole"][0] == pytest.approx(before["whole"][0] + 1, abs=1e-3)


def test_what_is_stored_is_of_what_is_shown_and_of_the_whole_digit(models):
    explorer = PatchExplorer(models, covered="6.7")
    assert len(explorer.stored["shown"]) == 10 + 2 * 2 * 16
    assert len(explorer.stored["whole"]) == 10
    assert explorer.stored["whole"] == PatchExplorer(models).stored["whole"]
    assert explorer.stored["whole"] != explorer.stored["shown"][:10]


def test_the_kernel_answers_with_the_readers_model(explorer, models, monkeypatch):
    answers = []
    monkeypatch.setattr(explorer, "send", lambda *answer: answers.append(answer))
    x = torch.rand(3, 1, 28, 28)
    request = {"kind": "run", "id": "a-1", "network": "looks-14"}
    content = {**request, "inputs": [{"shape": [3, 1, 28, 28]}]}
    explorer._handle_custom_msg(content, [memoryview(x.numpy().tobytes())])
    ((reply, (output,)),) = answers
    assert reply["kind"] == "result"
    with torch.no_grad():
        wanted = looks_of(models[14], 14)(x).numpy()
    assert wanted.shape == (3, 10 + 3 * 4 * 4)
    np.testing.assert_allclose(np.frombuffer(output, np.float32).reshape(wanted.shape), wanted)


@torch.no_grad()
def test_the_sites_networks_say_in_one_pass_what_the_kernel_says_in_two():
    torch.manual_seed(0)
    model, x = ViT(7, **SMALL).eval(), torch.rand(3, 1, 28, 28)
    torch.testing.assert_close(looks_in_one_pass(model)(x), looks_of(model, 7)(x))


# -- without a kernel ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> PatchExplorer:
    return PatchExplorer()


def test_the_courses_own_networks_by_default(shipped):
    assert shipped.ranges["patch"] == {"oneOf": [14, 7, 4]}
    assert shipped.page_networks() == {
        f"looks-{patch}": f"{name}.looks" for patch, name in CHECKPOINTS.items()
    }


def test_page_html_carries_state_networks_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="patch-explorer" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert state["shapes"] == {"14": [4, 4], "7": [4, 4], "4": [4, 4]}
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 20_000
    assert re.fullmatch(
        r"A 3 cut into 4 by 4 patches, .* In block 4, mean of the heads, it looks most at row \d, "
        r"column \d, with 0\.\d\d of its weight\. .*: 3 has a probability of 0\.\d\d\.",
        alt,
    )
    assert len(html) <= 40_000


def test_the_picture_says_what_is_covered(models):
    explorer = PatchExplorer(models, covered="6.16")
    assert "Covered with paper: row 2, column 2; row 4, column 4. " in explorer.picture().alt
    explorer.head = 1
    assert explorer.picture().caption.startswith("Block 3, head 1: the bluer a patch")


def test_html_only_when_the_site_is_built(explorer, monkeypatch):
    monkeypatch.delenv("GENLAB_SITE", raising=False)
    data, _ = explorer._repr_mimebundle_()
    assert "text/html" not in data
    assert data["text/plain"] == "PatchExplorer(patches of 14, 7 pixels; 10 digits)"


def test_own_models_show_their_picture_and_say_so(explorer):
    html = explorer.page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html


def test_a_model_that_was_trained_further_is_not_passed_off_as_the_sites():
    model = load_model("vit")
    with torch.no_grad():
        model.head.bias.add_(0.01)
    assert PatchExplorer({7: model}).page_networks() is None
