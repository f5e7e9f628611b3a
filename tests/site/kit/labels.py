"""The zero-shot classifier as its reader has it: by role and name, by what is seen and said."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch

from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.vision.captions import COLOURS, encode
from genlab.widgets.zero_shot_classifier.networks import image_tower, text_tower
from kit.widget import SCRIPT, Part, WidgetOnPage

START = ("a red zero", "a red three", "a blue zero", "a black nine")
SCALE = 16.4  # the network's own, to the slider's step
NEAR = 0.0052  # two decimals
SAID = re.compile(
    r"(Your drawing|A \d) in (\w+), compared with (\d+) labels at scale ([\d.]+)\. "
    r'"(.+?)" fits best: cosine (-?[\d.]+), probability ([\d.]+)\. '
    r'Next comes "(.+?)": cosine (-?[\d.]+), probability ([\d.]+)\.'
)
WORDS = ("picture", "colour", "count", "scale", "first", "cosine", "probability", "second")
ROW = re.compile(r"(.+): cosine (-?[\d.]+), probability ([\d.]+)")


def painted(digit: int, colour: str) -> torch.Tensor:
    """The first test digit of a class in a colour, on white paper."""
    ink = load_digits("test").of_class(digit)[:1]
    return 1 - ink * (1 - torch.tensor(COLOURS[colour]).view(1, 3, 1, 1))


@cache
@torch.no_grad()
def by_clip(digit: int, colour: str, labels: Sequence[str]) -> np.ndarray:
    """The cosines of a digit and labels, by the whole `CLIPModel`."""
    model: Any = load_model("digit-clip")
    found = model(input_ids=encode(labels), pixel_values=2 * painted(digit, colour) - 1)
    return (found.image_embeds @ found.text_embeds.T)[0].numpy()


def shares_of(cosines: np.ndarray, scale: float) -> np.ndarray:
    parts = np.exp(scale * (cosines - cosines.max()))
    return parts / parts.sum()


class Labels(WidgetOnPage):
    name = "zero-shot-classifier"
    home = "book/transformers/zero-shot"
    keys = ("digit", "colour", "labels", "scale")
    networks = ("digit-clip.image.onnx", "digit-clip.text.onnx")
    several_passes = True
    lost = ("digit-clip.text.onnx", "Not compared: the file digit-clip.text.onnx")
    tab_stops = (
        *("Draw a digit", "Next digit", "Clear drawing", "red"),
        *("Labels, one a line", "First labels", "All 60 pairs", "Logit scale"),
    )
    picture = ("A 0 in red on white paper", "With JavaScript")
    link = "digit:3,colour:blue,labels:a blue three\na red three\nthree,scale:8.5"
    touched = {"digit": 0, "colour": "red", "labels": "\n".join(START), "scale": 16.5}
    moved = {"digit": 4, "colour": "green", "scale": 8.4}
    nonsense = {
        "digit:10": "expected a whole number from 0 to 9",
        "colour:pink": "expected one of red, orange",
        "labels:<b>": "expected labels of small letters, digits and points",
        "scale:101": "expected a number from 0 to 100",
        "covered:1": "expected digit, colour, labels, scale",
        SCRIPT: "expected digit, colour, labels, scale",
    }
    handle = Part("slider", "Logit scale")
    field = Part("textbox", "Labels, one a line")
    fits = Part("list", "How well each label fits")
    seen = Part("img", "The digit that was given")

    def expect_touched(self) -> None:
        self.expect_all_of(0, "red", START, 16.5)

    def expect_start(self) -> None:
        self.expect_all_of(0, "red", START, SCALE)

    def expect_link(self) -> None:
        self.expect_all_of(3, "blue", ("a blue three", "a red three", "three"), 8.5)

    def move(self) -> None:
        self.press("ArrowLeft")
        self.button("Next digit").click()
        self.colour("green").click()

    def expect_moved(self) -> None:
        self.expect_all_of(4, "green", ("a blue three", "a red three", "three"), 8.4)

    def tap(self) -> None:
        self.colour("purple").tap()
        self.expect_all_of(0, "purple", START, SCALE)
        self.button("Next digit").tap()
        self.expect_all_of(1, "purple", START, SCALE)

    @classmethod
    def by_pytorch(cls) -> dict:
        rng = torch.Generator().manual_seed(0)
        model = load_model("digit-clip")
        images = torch.rand(50, 3, 28, 28, generator=rng)
        tokens = encode(
            [*START, "the number three, painted red", "9", "this is a photo of"]
        ).float()
        with torch.no_grad():
            return {
                "image": ((images.numpy(),), image_tower(model)(images).numpy()),
                "text": ((tokens.numpy(),), text_tower(model)(tokens).numpy()),
            }

    # -- its parts -------------------------------------------------------------------------------

    def colour(self, name: str) -> Any:
        return self.root.locator(f".gl-chip:has([value='{name}'])")

    def write(self, *labels: str) -> None:
        """Put labels into the field, one a line."""
        self.field.fill("\n".join(labels))

    def rows(self) -> dict[str, tuple[float, float]]:
        """Cosine and probability of each label that is shown, in the order of the rows."""
        texts = self.fits.locator("li > .gl-hidden").all_text_contents()
        found = [match.groups() for text in texts if (match := ROW.fullmatch(text))]
        assert len(found) == len(texts), texts
        return {label: (float(near), float(share)) for label, near, share in found}

    def bars(self) -> np.ndarray:
        shares = self.fits.get_by_role("listitem").evaluate_all(
            "(all) => all.map((one) => Number(one.style.getPropertyValue('--share')))"
        )
        return np.array(shares)

    def pixel(self, at: int) -> list[int]:
        """Red, green, blue and ink of a pixel of the digit that the networks see."""
        look = "(node, at) => [...node.getContext('2d').getImageData(at % 28, at / 28, 1, 1).data]"
        return self.seen.evaluate(look, at)

    # -- what it says ----------------------------------------------------------------------------

    def shown(self) -> dict[str, Any]:
        """What the status line says; empty if it says something else."""
        found = SAID.search(self.said)
        return dict(zip(WORDS, found.groups(), strict=False)) if found else {}

    def expect_shown(self, **wanted: Any) -> dict[str, Any]:
        """The status comes to say this, and the network answers."""
        told = {name: str(value) for name, value in wanted.items()}

        def there() -> bool:
            ready = self.root.get_attribute("data-state") in ("ready", self.at_rest)
            return ready and told.items() <= self.shown().items()

        self.eventually(there, wanted)
        return self.shown()

    def expect_all_of(self, digit: int, colour: str, labels: Sequence[str], scale: float) -> None:
        """Picture, bars and words come to be those of the library's `CLIPModel`."""
        cosines = by_clip(digit, colour, tuple(labels))
        shares = shares_of(cosines, scale)
        order = np.argsort(-cosines, kind="stable")
        first = {"first": labels[order[0]], "scale": f"{scale:.1f}", "count": len(labels)}
        said = self.expect_shown(picture=f"A {digit}", colour=colour, **first)
        assert abs(float(said["cosine"]) - cosines.max()) <= NEAR
        assert said["second"] == labels[order[1]]
        self.expect_same(self.bars, shares[order][:6], 3e-4, "the bars")
        rows = self.rows()
        assert list(rows) == [labels[at] for at in order[:6]]
        for at in order[:6]:
            near, share = rows[labels[at]]
            assert abs(near - cosines[at]) <= NEAR and abs(share - shares[at]) <= NEAR
        ink = load_digits("test").of_class(digit)[0].flatten()
        self.expect_ink(self.seen, ink.numpy())
        parts = self.pixel(int(ink.argmax()))[:3]
        assert np.abs(np.array(parts) - 255 * np.array(COLOURS[colour])).max() <= 2
