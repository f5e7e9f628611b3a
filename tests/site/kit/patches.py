"""The patch explorer as its reader has it: by role and name, by what is seen and said."""

import re
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import torch
from playwright.sync_api import Locator

from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.widgets.patch_explorer.networks import CHECKPOINTS, looks_of
from kit.pictures import LEVEL, ink_of, place_in
from kit.widget import SCRIPT, Part, WidgetOnPage

KEYS = ("patch", "digit", "block", "head", "covered")
SAID = re.compile(
    r"(Your drawing|A \d) in (\d+) patches of (\d+) by \d+ pixels\. "
    r"Block (\d), (?:head (\d)|mean of the heads): the class token looks most at "
    r"row (\d), column (\d) \(([\d.]+)\), and keeps ([\d.]+) for itself\. "
    r"(Nothing is|1 patch is|\d+ patches are) covered\. "
    r"The answer is (\d) \(([\d.]+)\)\.(?: With nothing covered it is (\d) \(([\d.]+)\)\.)?"
)
NAMES = ("digit", "count", "patch", "block", "head", "row", "column", "weight", "own", "covered")
WORDS = (*NAMES, "answer", "probability", "before", "before_probability")


def digit_of(digit: int) -> torch.Tensor:
    return load_digits("test").of_class(digit)[:1]


def hidden(image: torch.Tensor, patch: int, covered: tuple[int, ...]) -> torch.Tensor:
    """An image with paper in place of patches, by the patches themselves."""
    across = 28 // patch
    cut = image.view(1, across, patch, across, patch).clone()
    for number in covered:
        row, column = divmod(number - 1, across)
        cut[:, row, :, column] = 0
    return cut.view(1, 1, 28, 28)


@cache
@torch.no_grad()
def by_pytorch(patch: int, digit: int, covered: tuple[int, ...] = ()) -> Any:
    """The probabilities, and what the class token looks at: (blocks, heads, across, across)."""
    model: Any = load_model(CHECKPOINTS[patch])
    x = hidden(digit_of(digit), patch, covered)
    across = 28 // patch
    seen = model.attentions(x)[0, :, :, 0, 1:].unflatten(2, (across, across))
    return model(x)[0].softmax(dim=0).numpy(), seen.numpy()


def looked_at(
    patch: int, digit: int, block: int, head: int, covered: tuple[int, ...] = ()
) -> np.ndarray:
    """What a head looks at, or the mean of all, (across, across)."""
    _, seen = by_pytorch(patch, digit, covered)
    return seen[block - 1, head - 1] if head else seen[block - 1].mean(axis=0)


class Patches(WidgetOnPage):
    name = "patch-explorer"
    home = "book/transformers/vision-transformers"
    keys = KEYS
    networks = ("vit.looks.onnx",)
    lost = ("vit-patch-14.looks.onnx", "Not computed: the file vit-patch-14.looks.onnx")
    listeners = 5
    tab_stops = (
        *("7", "0", "Play: block", "Block of the network"),
        *("The digit in 4 by 4 patches", "Uncover all"),
        *("Draw a digit", "Next digit", "Clear drawing"),
    )
    picture = ("A 3 cut into 4 by 4 patches", "With JavaScript")
    link = "patch:14,digit:5,block:2,head:3,covered:2"
    touched = {"patch": 7, "digit": 3, "block": 3, "head": 0, "covered": ""}
    moved = {"patch": 14, "digit": 5, "block": 3, "head": 3, "covered": "2.3"}
    nonsense = {
        "patch:5": "expected one of 14, 7, 4",
        "digit:10": "expected one of 0, 1, 2",
        "block:5": "expected a whole number from 1 to 4",
        "head:0.5": "expected a whole number from 0 to 4",
        "covered:a": "expected numbers of patches with dots between",
        "patch:7,covered:-1": "expected numbers of patches with dots between",
        "layer:1": "expected patch, digit, block, head, covered",
        SCRIPT: "expected patch, digit, block, head, covered",
    }
    grid = Part("grid", "The digit in")
    block = handle = Part("slider", "Block of the network")
    bars = Part("list", "Probability of each class")
    seen = Part("img", "The digit that was given")

    def touch(self) -> None:
        self.press("ArrowLeft")

    def expect_touched(self) -> None:
        self.expect_shown(patch=7, block=3)

    def expect_start(self) -> None:
        self.expect_all_of(7, 3, 4, 0)

    def expect_link(self) -> None:
        self.expect_all_of(14, 5, 2, 3, (2,))

    def move(self) -> None:
        self.press("ArrowRight")
        self.click_patch(3, 2)

    def expect_moved(self) -> None:
        self.expect_all_of(14, 5, 3, 3, (2, 3))

    def lose(self) -> None:
        self.choose("patch", 14)

    def expect_found(self) -> None:
        self.expect_all_of(14, 3, 4, 0)

    def tap(self) -> None:
        self.grid.scroll_into_view_if_needed()
        self.page.touchscreen.tap(*self.place(7, 4))
        self.expect_all_of(7, 3, 4, 0, (7,))
        self.chip("head", 2).tap()
        self.expect_all_of(7, 3, 4, 2, (7,))

    @classmethod
    def by_pytorch(cls) -> dict:
        x = torch.rand(50, 1, 28, 28, generator=torch.Generator().manual_seed(0))
        answers = {}
        for patch, name in CHECKPOINTS.items():
            with torch.no_grad():
                answers[f"looks-{patch}"] = (
                    (x.numpy(),),
                    looks_of(load_model(name), patch)(x).numpy(),
                )
        return answers

    def mirrored(self) -> dict[str, str]:
        """Likewise; where nothing is covered, the address says so by no text."""
        query = parse_qs(urlsplit(self.page.url).query)
        told = query.get(f"{self.name}-{self.number}", [""])[0]
        return dict(re.findall(r"(\w+):([^,]*)", told))

    # -- its parts -------------------------------------------------------------------------------

    def chip(self, legend: str, value: int) -> Locator:
        names = {"patch": "patch, pixels a side", "head": "head"}
        group = self.root.get_by_role("group", name=names[legend], exact=True)
        return group.locator(f".gl-chip:has([value='{value}'])")

    def choose(self, legend: str, value: int) -> None:
        """Choose a size of the patch, or a head; 0 is the mean."""
        self.chip(legend, value).click()

    def place(self, patch: int, across: int) -> tuple[float, float]:
        """Where on the page the middle of a patch is."""
        row, column = divmod(patch - 1, across)
        return place_in(self.grid, (column + 0.5) / across, (row + 0.5) / across)

    def click_patch(self, patch: int, across: int) -> None:
        self.grid.scroll_into_view_if_needed()
        self.page.mouse.click(*self.place(patch, across))

    def cell(self) -> str:
        """What is said of the patch that the keyboard is on."""
        return self.grid.get_by_role("gridcell").get_attribute("aria-label") or ""

    def crosses(self) -> int:
        """How many patches are seen to be covered."""
        return self.grid.locator(".gl-patch-covers > span").count()

    def shades(self) -> np.ndarray:
        """How blue each patch is, as a share of the bluest, (across * across,)."""
        return ink_of(self.grid.locator(".gl-patch-shade"))

    def shares(self) -> np.ndarray:
        """The probabilities that the bars show, (10,)."""
        return self._of_bars("--share")

    def _of_bars(self, name: str) -> np.ndarray:
        found = self.bars.get_by_role("listitem").evaluate_all(
            "(all, name) => all.map((one) => Number(one.style.getPropertyValue(name)))", name
        )
        return np.array(found)

    # -- what it says ----------------------------------------------------------------------------

    def shown(self) -> dict[str, Any]:
        """What the status line says; empty if it says something else."""
        found = SAID.search(self.said)
        if not found:
            return {}
        said = dict(zip(WORDS, found.groups(), strict=True))
        counted = {"Nothing is": 0}.get(said["covered"])
        said["covered"] = int(said["covered"].split()[0]) if counted is None else counted
        said["head"] = said["head"] or 0
        return {
            name: said[name] if name == "digit" or said[name] is None else float(said[name])
            for name in WORDS
        }

    def expect_shown(self, **wanted: Any) -> dict[str, Any]:
        """The status comes to say this, and the network answers."""

        def there() -> bool:
            ready = self.root.get_attribute("data-state") in ("ready", self.at_rest)
            return ready and wanted.items() <= self.shown().items()

        self.eventually(there, wanted)
        return self.shown()

    def expect_all_of(
        self, patch: int, digit: int, block: int, head: int, covered: tuple[int, ...] = ()
    ) -> None:
        """Picture, map, bars and words come to be PyTorch's."""
        shares, _ = by_pytorch(patch, digit, covered)
        whole, _ = by_pytorch(patch, digit)
        weights = looked_at(patch, digit, block, head, covered)
        self.expect_shown(digit=f"A {digit}", patch=patch, block=block, head=head)
        self.eventually(lambda: self.shown().get("covered") == len(covered), covered)
        ink = hidden(digit_of(digit), patch, covered).flatten().numpy()
        self.expect_ink(self.grid.locator(".gl-patch-ink"), ink)
        self.expect_same(self.shades, weights / weights.max(), LEVEL, "the map")
        self.expect_same(self.shares, shares, 2e-4, "the bars")
        self.expect_same(lambda: self._of_bars("--whole"), whole, 2e-4, "the outlines")
        self.expect_words(shares, weights)
        assert self.crosses() == len(covered)

    def expect_words(self, shares: np.ndarray, weights: np.ndarray) -> None:
        said = self.shown()
        assert said["answer"] == shares.argmax()
        row, column = divmod(int(weights.argmax()), len(weights))
        assert (said["row"], said["column"]) == (row + 1, column + 1)
        for name, value in {
            "probability": shares.max(),
            "weight": weights.max(),
            "own": 1 - weights.sum(),
        }.items():
            assert abs(said[name] - value) <= 0.0052, (name, said[name], value)
