"""A widget given a reader's model, of whatever kind: it works, or says why in one sentence.

The table of issue and answer is `KINDS` x `WIDGETS`; what is refused is in `REFUSED`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.schedules import NoiseSchedule
from genlab.language.smollm import LanguageModel
from genlab.models.autoencoder import AutoEncoder
from genlab.models.class_unet import ClassUNet
from genlab.models.clip import DigitCLIP
from genlab.models.llama import Llama, LlamaConfig
from genlab.models.rin import RIN
from genlab.models.time_unet import TimeUNet
from genlab.models.unet import BasicUNet
from genlab.models.vae import VAE
from genlab.models.vit import ViT
from genlab.vision.captions import CONTEXT, VOCABULARY
from genlab.widgets import (
    ArchitectureCompare,
    AttentionViewer,
    BetaSlider,
    BottleneckSlider,
    DenoisePlayer,
    LatentExplorer,
    NextTokenExplorer,
    ObjectiveExplorer,
    PatchExplorer,
    SampleWall,
    TimestepScrubber,
    UNetTracer,
    ZeroShotClassifier,
)
from genlab.widgets.beta_slider import widget as beta_slider
from genlab.widgets.objective_explorer import widget as objective_explorer

DIGITS = load_digits("test")
IMAGES, LABELS = DIGITS.images[:20], DIGITS.labels[:20]
LINEAR = NoiseSchedule("linear")


class Coder:
    """An autoencoder or VAE inside a plain object, which PyTorch does not see into."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def encode(self, x: Tensor) -> Any:
        return self.model.encode(x)

    def decode(self, z: Tensor) -> Tensor:
        return self.model.decode(z)


class Recalling:
    """A recurrent network inside a plain object."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, xt: Tensor, t: Tensor) -> Tensor:
        return self.model(xt, t)

    def step(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        return self.model.step(*inputs)


class Watched:
    """A vision transformer inside a plain object."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, x: Tensor) -> Tensor:
        return self.model(x)

    def attentions(self, x: Tensor) -> Tensor:
        return self.model.attentions(x)


class Towers:
    """A CLIP inside a plain object."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)


class WordTokenizer:
    """Words of a text as numbers, the same at each call."""

    words = ("the", "cat", "sat", "on", "a", "mat")

    def encode(self, text: str) -> list[int]:
        return [self.words.index(word) for word in text.split()]

    def decode(self, tokens: list[int]) -> str:
        return " ".join(self.words[token] for token in tokens)


def denoiser(model: Any) -> Denoiser:
    return Denoiser(model, LINEAR, "epsilon")


def tiny_llama() -> Llama:
    return Llama(LlamaConfig(vocabulary=6, width=16, depth=1, heads=2, kv_heads=1, hidden=16))


@dataclass(frozen=True)
class Subject:
    """A widget, how it is made of a model, and a fresh model for it."""

    show: Callable[[Any], Any]
    model: Callable[[], nn.Module]
    wrapped: Callable[[nn.Module], Any]


WIDGETS = {
    "LatentExplorer": Subject(
        lambda m: LatentExplorer({"mine": m}, IMAGES, LABELS), partial(AutoEncoder, 2), Coder
    ),
    "BottleneckSlider": Subject(
        lambda m: BottleneckSlider({2: m}, IMAGES, LABELS), partial(AutoEncoder, 2), Coder
    ),
    "BetaSlider": Subject(lambda m: BetaSlider({0.5: m}, IMAGES, LABELS), partial(VAE, 2), Coder),
    "TimestepScrubber": Subject(
        lambda m: TimestepScrubber(denoiser(m), IMAGES, LABELS),
        TimeUNet,
        lambda m: lambda xt, t: m(xt, t),
    ),
    "ObjectiveExplorer": Subject(
        lambda m: ObjectiveExplorer({"mine": denoiser(m)}),
        TimeUNet,
        lambda m: lambda xt, t: m(xt, t),
    ),
    "SampleWall": Subject(
        lambda m: SampleWall({"mine": denoiser(m)}, steps=5),
        TimeUNet,
        lambda m: lambda xt, t: m(xt, t),
    ),
    "ArchitectureCompare": Subject(
        lambda m: ArchitectureCompare({"mine": denoiser(m)}, steps=5),
        lambda: RIN(4, 16, 4, 16, 1),
        Recalling,
    ),
    "DenoisePlayer": Subject(
        lambda m: DenoisePlayer(denoiser(m), steps=2),
        ClassUNet,
        lambda m: lambda xt, t, label: m(xt, t, label),
    ),
    "UNetTracer": Subject(lambda m: UNetTracer(m, IMAGES, LABELS), BasicUNet, lambda m: m),
    "PatchExplorer": Subject(
        lambda m: PatchExplorer({7: m}, IMAGES, LABELS),
        partial(ViT, width=16, depth=2, heads=2),
        Watched,
    ),
    "ZeroShotClassifier": Subject(
        ZeroShotClassifier,
        partial(DigitCLIP, len(VOCABULARY), CONTEXT, width=16, depth=1),
        Towers,
    ),
    "NextTokenExplorer": Subject(
        lambda m: NextTokenExplorer(m, text="an", locale="FI"),
        lambda: load_model("tiny-lm"),
        lambda m: m,
    ),
    "AttentionViewer": Subject(
        lambda m: AttentionViewer(m, WordTokenizer(), ["the cat sat"]), tiny_llama, lambda m: m
    ),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring samples takes a second and is not what is asked here."""
    monkeypatch.setattr(beta_slider, "digit_fid", lambda images: float(images.mean()))
    monkeypatch.setattr(objective_explorer, "MEASURED", 2)


def fresh(subject: Subject) -> nn.Module:
    torch.manual_seed(0)
    return subject.model().eval()


def answers(widget: Any) -> list[np.ndarray]:
    """Return what the widget's networks answer to fixed inputs, asked as the browser asks."""
    sent: list[Any] = []
    widget.send = lambda content, buffers=None: sent.append((content, buffers))
    for name, network in widget._networks.items():
        rng = np.random.default_rng(0)
        inputs = [rng.random((2, *shape), np.float32) for shape in network.input_shapes]
        if isinstance(widget, NextTokenExplorer):
            inputs = [np.repeat(widget._source.given("an", "FI").numpy(), 2, axis=0)]
        shapes = [{"shape": list(one.shape)} for one in inputs]
        message = {"kind": "run", "id": name, "network": name, "inputs": shapes}
        widget._handle_custom_msg(message, [memoryview(one.tobytes()) for one in inputs])
    assert [content["kind"] for content, _ in sent] == ["result"] * len(sent), sent
    return [np.frombuffer(buffers[0], np.float32) for _, buffers in sent]


def looks_alive(widget: Any) -> None:
    """A picture, and a page's HTML that holds no NaN."""
    picture = widget.picture()
    assert picture.url.startswith("data:image/")
    assert "nan" not in picture.alt.lower().split()
    assert "NaN" not in re.sub(r'"[^"]*"', "", widget.page_html())  # strings hold packed bytes


def same_answers(one: Any, other: Any, atol: float) -> None:
    for a, b in zip(answers(one), answers(other), strict=True):
        assert np.abs(a - b).max() <= atol


DTYPES = {"float64": 1e-4, "float16": 0.05, "bfloat16": 0.3}


@pytest.mark.parametrize("name", WIDGETS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_model_in_another_dtype(name, dtype):
    subject = WIDGETS[name]
    reference = subject.show(fresh(subject))
    widget = subject.show(fresh(subject).to(getattr(torch, dtype)))
    looks_alive(widget)
    same_answers(reference, widget, DTYPES[dtype])


@pytest.mark.parametrize("name", WIDGETS)
def test_after_another_default_dtype(name):
    """Also a model that was made after it, and so is in float64."""
    subject = WIDGETS[name]
    reference = answers(subject.show(fresh(subject)))
    torch.set_default_dtype(torch.float64)
    try:
        shipped_kind = subject.show(fresh(subject).float())
        looks_alive(shipped_kind)
        own = subject.show(fresh(subject).double())
        looks_alive(own)
        found = answers(shipped_kind)
        answers(own)
    finally:
        torch.set_default_dtype(torch.float32)
    assert [one.shape for one in found] == [one.shape for one in reference]
    assert load_model("vae-2d").state_dict()


@pytest.mark.parametrize("wrap", [False, True], ids=["module", "inside a plain object"])
@pytest.mark.parametrize("name", WIDGETS)
def test_a_model_in_training_mode_is_shown_as_in_evaluation(name, wrap):
    """Dropout of everything would make its answers constant; the model stays in training mode."""
    subject = WIDGETS[name]
    model = fresh(subject)
    reference = subject.show(model)
    shaken = fresh(subject)
    add_dropout(shaken)
    shaken.train()
    widget = subject.show(subject.wrapped(shaken) if wrap else shaken)
    looks_alive(widget)
    same_answers(reference, widget, 1e-5)
    assert shaken.training


def add_dropout(model: nn.Module) -> None:
    """Let every activation of the model be dropped in training."""
    for part in model.modules():
        if isinstance(part, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            part.register_forward_hook(
                lambda module, args, output: nn.functional.dropout(output, 0.9, module.training)
            )


class InPlaceUNet(BasicUNet):
    """The basic UNet with every step in place: what a part gave is changed by the next one."""

    def __init__(self) -> None:
        super().__init__()
        for part in self.modules():
            if isinstance(part, nn.SiLU):
                part.inplace = True

    def join(self, x: Tensor, skip: Tensor) -> Tensor:
        return x.add_(skip)


class Detached(nn.Module):
    """A UNet whose children are its layers, activations in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.last = nn.Conv2d(4, 1, 3, padding=1)

    def forward(self, xt: Tensor) -> Tensor:
        return self.last(self.act(self.first(xt)))


def test_the_tracer_keeps_copies_of_what_is_changed_in_place():
    torch.manual_seed(0)
    plain = BasicUNet().eval()
    in_place = InPlaceUNet().eval()
    in_place.load_state_dict(plain.state_dict())
    for stage in range(len(UNetTracer(plain).stages)):
        one, other = UNetTracer(plain, stage=stage), UNetTracer(in_place, stage=stage)
        assert torch.equal(one.trace()[0], other.trace()[0])
    same_answers(UNetTracer(plain), UNetTracer(in_place), 0)
    first = UNetTracer(Detached(), stage=1).trace()[0]
    assert first.min() < 0  # what the convolution gave, before the ReLU in place


@pytest.mark.parametrize("name", ["LatentExplorer", "BottleneckSlider"])
def test_a_model_that_works_in_place_does_not_change_the_digits(name):
    class InPlace(AutoEncoder):
        def encode(self, x: Tensor) -> Tensor:
            return super().encode(x.mul_(2).sub_(1))

    images = IMAGES.clone()
    subject = WIDGETS[name]
    torch.manual_seed(0)
    looks_alive(subject.show(InPlace(2).eval()))
    assert torch.equal(images, IMAGES)


@pytest.mark.parametrize("name", WIDGETS)
def test_weights_that_are_nan_are_said(name):
    subject = WIDGETS[name]
    model = fresh(subject)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(torch.nan)
    with pytest.raises(ValueError, match=r"not finite; was training stable\?"):
        subject.show(model)


@pytest.mark.parametrize("name", ["LatentExplorer", "UNetTracer", "NextTokenExplorer"])
def test_weights_that_become_nan_are_said_to_the_browser(name):
    subject = WIDGETS[name]
    model = fresh(subject)
    widget = subject.show(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(torch.nan)
    with pytest.raises(AssertionError, match=r"not finite; was training stable\?"):
        answers(widget)


@dataclass
class Output:
    """As `diffusers` answers: a class with the tensor as `sample`."""

    sample: Tensor


class Sampled(nn.Module):
    """A network that answers with an output class."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, xt: Tensor, t: Tensor) -> Output:
        return Output(self.model(xt, t))


@pytest.mark.parametrize("name", ["TimestepScrubber", "ObjectiveExplorer"])
def test_outputs_of_diffusers_are_taken(name):
    subject = WIDGETS[name]
    reference = subject.show(fresh(subject))
    widget = subject.show(Sampled(fresh(subject)))
    looks_alive(widget)
    same_answers(reference, widget, 0)


def test_a_unet_of_diffusers_itself_is_taken():
    from diffusers import UNet2DModel

    torch.manual_seed(0)
    unet = UNet2DModel(
        sample_size=28, in_channels=1, out_channels=1, block_out_channels=(8, 8),
        layers_per_block=1, norm_num_groups=4, down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
    )  # fmt: skip
    looks_alive(TimestepScrubber(denoiser(unet), IMAGES, LABELS))
    xt = torch.randn(2, 1, 28, 28)
    prediction = denoiser(unet).predict(xt, 500)
    assert torch.equal(prediction.eps, unet.eval()(xt, 500).sample)


def test_an_encoding_of_tokenizers_is_taken():
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = Tokenizer(WordLevel({word: i for i, word in enumerate(WordTokenizer.words)}))
    words.pre_tokenizer = Whitespace()
    torch.manual_seed(0)
    viewer = AttentionViewer(tiny_llama(), words, ["the cat sat"])
    assert viewer.tokens == ["the", "cat", "sat"]


def test_betas_are_named_as_the_browser_names_them():
    torch.manual_seed(0)
    slider = BetaSlider({1 / 3: VAE(2), 20: VAE(2), 1e-7: VAE(2)}, IMAGES, LABELS)
    assert list(slider._networks) == ["decoder-1e-7", "decoder-0.3333333333333333", "decoder-20"]


NUMBERS = [0, 0.5, 1, 20, 1e-6, 1.5e-6, 1e-7, 2.5e-7, 1e-5, 1 / 3, 123456.789, 1e21, 1.5e25, 1e16]


def test_numbers_are_written_as_javascript_writes_them(tmp_path):
    import json
    import subprocess

    script = f"console.log(JSON.stringify({json.dumps(NUMBERS)}.map(String)))"
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    expected = json.loads(done.stdout)
    assert [beta_slider.as_in_javascript(float(number)) for number in NUMBERS] == expected


class Collapsed(VAE):
    """A VAE whose posterior is the prior, whatever it sees."""

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        nothing = torch.zeros(len(x), 2)
        return nothing, nothing


def test_a_collapsed_vae_has_a_map():
    torch.manual_seed(0)
    for widget in (
        BetaSlider({5.0: Collapsed(2)}, IMAGES, LABELS),
        LatentExplorer(Collapsed(2), IMAGES, LABELS),
    ):
        looks_alive(widget)
    left, right, bottom, top = BetaSlider({5.0: Collapsed(2)}, IMAGES, LABELS).extent
    assert left < 0 < right and bottom < 0 < top


REFUSED = [
    (
        lambda: BetaSlider({1.0: AutoEncoder(2)}, IMAGES, LABELS),
        TypeError,
        r"VAE with beta = 1\.encode gives a Tensor; expected a pair of tensors, mu and logvar",
    ),
    (
        lambda: TimestepScrubber(denoiser(lambda xt, t: [xt]), IMAGES, LABELS),
        TypeError,
        r"the network gives a list; expected a tensor",
    ),
    (
        lambda: ObjectiveExplorer({"mine": denoiser(lambda xt, t: None)}),
        TypeError,
        r"gives a NoneType; expected a tensor",
    ),
    (
        lambda: LatentExplorer(
            SimpleNamespace(encode=lambda x: [0, 1], decode=lambda z: z), IMAGES, LABELS
        ),
        TypeError,
        r"\.encode gives a list; expected a tensor",
    ),
]


@pytest.mark.parametrize(("make", "error", "sentence"), REFUSED)
def test_what_cannot_be_shown_is_said(make, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_model_on_another_device_gets_its_inputs_there():
    """The `meta` device computes nothing, but tells where a tensor was sent."""
    from genlab.models.readers import as_wanted, device_of

    model = AutoEncoder(2).to("meta")
    assert device_of(model).type == "meta"
    assert device_of(Coder(model)).type == "meta"
    assert device_of(lambda x: model(x)).type == "meta"
    assert as_wanted(Coder(model), IMAGES).device.type == "meta"
    assert denoiser(TimeUNet().to("meta")).device.type == "meta"


SCALARS = {
    "numpy": lambda value: np.float32(value) if isinstance(value, float) else np.int64(value),
    "tensor": torch.tensor,
}


@pytest.mark.parametrize("kind", SCALARS)
def test_numbers_of_numpy_and_torch_are_numbers(kind):
    number = SCALARS[kind]
    torch.manual_seed(0)
    scrubber = TimestepScrubber(denoiser(TimeUNet()), IMAGES, LABELS, t=number(7))
    scrubber.seed = number(3)
    assert (scrubber.t, scrubber.seed) == (7, 3)
    explorer = LatentExplorer(AutoEncoder(2), IMAGES, LABELS)
    explorer.z0 = number(0.5)
    assert explorer.z0 == 0.5
    slider = BetaSlider({number(0.5): VAE(2)}, IMAGES, LABELS, beta=number(0.5), row=number(2))
    assert (slider.beta, slider.row) == (0.5, 2)
    bottleneck = BottleneckSlider({number(2): AutoEncoder(2)}, IMAGES, LABELS, row=number(1))
    assert bottleneck.latent_size == 2


def test_a_name_taken_apart_into_letters_and_accents_is_a_name():
    import unicodedata

    apart = unicodedata.normalize("NFD", "šárka")
    assert apart != "šárka"
    widget = NextTokenExplorer(load_model("tiny-lm"), text=apart, locale="SK")
    composed = NextTokenExplorer(load_model("tiny-lm"), text="šárka", locale="SK")
    assert widget.stored["row"] == composed.stored["row"]


def test_a_language_model_of_nan_says_so_at_once():
    class Broken(nn.Module):
        device = torch.device("cpu")
        config = SimpleNamespace(vocab_size=6, num_hidden_layers=1, num_attention_heads=1)

        def forward(self, tokens: Tensor, output_attentions: bool) -> Any:
            count = tokens.shape[1]
            logits = torch.full((1, count, 6), torch.nan)
            return SimpleNamespace(logits=logits, attentions=[torch.ones(1, 1, count, count)])

    class Tokenizer:
        def batch_decode(self, ids: Any, **_: Any) -> list[str]:
            return [str(one) for one in ids]

        def __call__(self, text: str, return_tensors: str) -> Any:
            return SimpleNamespace(input_ids=torch.tensor([[1, 2]]))

    with pytest.raises(ValueError, match="not finite"):
        NextTokenExplorer(LanguageModel(Broken(), Tokenizer(), "broken"), text="ab")
