"""Any widget as its reader has it: by role and name, by what is seen and said, by its address.

A widget's own class names its parts and holds what the tests of every widget ask about it: a ninth
widget is one more such class, one more row in `kit/table.py`, and its own particular tests.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
from playwright.sync_api import Locator, Page, expect

from kit.pictures import AS_TEXT, LEVEL, ink_of, place_in
from kit.twins import page_with
from kit.waiting import eventually, stir

SCRIPT = "<img src=x onerror=window.intruder=1>"
# Passes of `size` rows each, one after the other; `more` has their further inputs.
RUN = f"""async (root, [network, text, [count, ...shape], more, size]) => {{
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const values = Array.from(new Float32Array(bytes.buffer));
  const each = values.length / count;
  const [parts, shapes] = [[], []];
  for (let at = 0; at < count; at += size) {{
    const told = more.map(({{ data, shape: [, ...each] }}) => {{
      const length = each.reduce((product, one) => product * one, 1);
      return {{ data: data.slice(at * length, (at + size) * length), shape: [size, ...each] }};
    }});
    const rows = values.slice(at * each, (at + size) * each);
    const output = await root.genlab.run(network, rows, [size, ...shape], ...told);
    parts.push(Float32Array.from(output.data));
    shapes.push(output.shape);
  }}
  const found = new Uint8Array(await new Blob(parts).arrayBuffer());
  return [({AS_TEXT})(found), shapes];
}}"""
Stroke = Sequence[tuple[float, float]]


class Part:
    """A part of a widget by its role and name: `slider = Part("slider", "Timestep t")`."""

    def __init__(self, role: Any, name: str | None = None) -> None:
        self.role, self.name = role, name

    def __get__(self, widget: "WidgetOnPage", _: type | None = None) -> Locator:
        return widget.root.get_by_role(self.role, name=self.name)


class WidgetOnPage:
    """One instance, by its order in the page.

    Attributes:
        name: what `data-genlab-widget` says.
        home: the page that it is tested on.
        keys: what a link to it may say, in the order of the message about nonsense.
        networks: the files that the first touch loads.
        several_passes: whether the first touch asks a network more than once.
        lost: the network whose loss is tried out, and what is said then.
        at_rest: its state before it is touched.
        link: what a link to another place says.
        nonsense: what a link may not say, with a part of the answer.
        tab_stops: the beginnings of the names that Tab comes by.
        picture: how the text of the stored picture begins, and a part of its caption.
        touched: what the address says after the first touch.
        moved: what it says after `move`, from `link`.
        listeners: it hears the model in more places than these.
    """

    name: ClassVar[str]
    home: ClassVar[str]
    keys: ClassVar[tuple[str, ...]]
    networks: ClassVar[tuple[str, ...]] = ()
    several_passes: ClassVar[bool] = False
    lost: ClassVar[tuple[str, str]] = ("", "")
    at_rest: ClassVar[str] = "idle"
    link: ClassVar[str]
    nonsense: ClassVar[dict[str, str]] = {}
    tab_stops: ClassVar[tuple[str, ...]] = ()
    picture: ClassVar[tuple[str, str]] = ("", "")
    touched: ClassVar[dict[str, Any]] = {}
    moved: ClassVar[dict[str, Any]] = {}
    listeners: ClassVar[int] = 3

    status = Part("status")
    pad = Part("application", "Draw a digit")
    retry = Part("button", "Try again")
    handle: Any = Part("slider")

    def __init__(self, page: Page, index: int = 0) -> None:
        self.page, self.number = page, index + 1
        self.root = page.locator(self.selector()).nth(index)
        stir(page)
        expect(self.status).to_be_visible()

    @classmethod
    def alone(cls, count: int = 1) -> str:
        """The name of its page without the lesson: the widget, so many times."""
        return page_with(count, cls.name, cls.home)

    @classmethod
    def selector(cls) -> str:
        return f"[data-genlab-widget='{cls.name}']"

    @classmethod
    def asked_for(cls, value: str, number: int = 1) -> str:
        """The part of an address that says `value` to an instance."""
        return f"{cls.name}-{number}={value if value == '%%%' else quote(value, safe=':,')}"

    @classmethod
    def asked_for_all(cls, values: Sequence[str]) -> str:
        """An address that says one value to each instance, in their order."""
        return "&".join(cls.asked_for(value, number) for number, value in enumerate(values, 1))

    # -- what every widget is asked to do --------------------------------------------------------

    def touch(self) -> None:
        """The least that asks for an answer."""
        self.press("ArrowRight")

    def expect_touched(self) -> None:
        """It comes to show what the first touch from the start leads to, and to say so."""
        raise NotImplementedError

    def expect_start(self) -> None:
        """It shows, untouched, what is stored with the page: PyTorch's."""
        raise NotImplementedError

    def expect_link(self) -> None:
        """It comes to show what `link` says."""
        raise NotImplementedError

    def move(self) -> None:
        """Move some controls, away from `link`."""
        raise NotImplementedError

    def expect_moved(self) -> None:
        """It comes to show where `move` leads from `link`."""
        raise NotImplementedError

    def liven(self) -> None:
        """Bring it into the state in which as much as possible is on show."""
        self.touch()
        self.expect_touched()

    def lose(self) -> None:
        """Ask for the network whose loss is tried out."""
        self.touch()

    def expect_lost(self) -> None:
        """It says that the network is lost, in a sentence, and offers to try again."""
        self.expect_state("error")
        self.expect_said(self.lost[1])
        assert re.match(r"^[A-Z].{15,}\.$", self.said), f"not a sentence: {self.said!r}"
        expect(self.retry).to_be_visible()

    def expect_found(self) -> None:
        """It comes to show what `lose` asked for."""
        self.expect_touched()

    def tap(self) -> None:
        """Use it by finger, and see that it follows."""
        raise NotImplementedError

    def targets(self) -> list[Locator]:
        """What a finger has to hit."""
        controls = self.root.locator("input[type=range], button, select, label:has(input)")
        return controls.locator("visible=true").all()

    @classmethod
    def by_pytorch(cls) -> dict[str, tuple[tuple[np.ndarray, ...], np.ndarray]]:
        """Of each network: inputs that no stored picture covers, and what PyTorch answers."""
        return {}

    # -- what it says ----------------------------------------------------------------------------

    @property
    def said(self) -> str:
        return (self.status.text_content() or "").replace("\xa0", " ")

    def told(self) -> object:
        """What it says about what is shown, without remarks on how it came to be."""
        return self.said

    def expect_said(self, text: str) -> None:
        expect(self.status).to_contain_text(text)

    def expect_state(self, state: str) -> None:
        expect(self.root, f"the status says {self.said!r}").to_have_attribute("data-state", state)

    def eventually(self, holds: Callable[[], bool], wanted: object) -> None:
        """Ask until it holds; fail with what was wanted and what the status says."""
        eventually(holds, lambda: f"not {wanted}; the status says {self.said!r}", self.page)

    # -- what it shows ---------------------------------------------------------------------------

    def expect_ink(self, picture: Locator, wanted: np.ndarray, level: float = LEVEL) -> None:
        """A picture becomes this one, values in [0, 1]."""
        self.expect_same(lambda: ink_of(picture), wanted, level, picture)

    def expect_same(
        self, look: Callable[[], np.ndarray], wanted: np.ndarray, level: float, what: object
    ) -> None:
        """What is seen becomes this, but for `level`."""

        def same() -> bool:
            found = look()
            return found.size == wanted.size and bool(
                np.abs(found.ravel() - wanted.ravel()).max() <= level
            )

        self.eventually(same, f"the picture that is wanted of {what}")

    def drawn(self) -> list[str]:
        """Its canvases as the browser writes them, but for those that follow its size: maps."""
        canvases = self.root.locator("canvas:not([role=application] canvas)")
        return canvases.evaluate_all("(all) => all.map((node) => node.toDataURL())")

    def run(self, network: str, inputs: np.ndarray, *more: np.ndarray, size: int = 0) -> np.ndarray:
        """What a network of this instance answers for a float32 batch, and its timesteps, ...

        The whole batch goes through it at once, or, one after the other, parts of `size` rows.
        """
        values = b64encode(np.ascontiguousarray(inputs, dtype=np.float32)).decode()
        size = size or len(inputs)
        further = [{"data": one.ravel().tolist(), "shape": list(one.shape)} for one in more]
        told = [network, values, list(inputs.shape), further, size]
        data, shapes = self.root.evaluate(RUN, told)
        (shape,) = {tuple(shape) for shape in shapes}
        assert shape[0] == size
        return np.frombuffer(b64decode(data), dtype=np.float32).reshape(len(inputs), *shape[1:])

    # -- its address -----------------------------------------------------------------------------

    def mirrored(self) -> dict[str, str]:
        """What the address says about this instance; nothing where it says nonsense."""
        query = parse_qs(urlsplit(self.page.url).query)
        told = query.get(f"{self.name}-{self.number}", [""])[0]
        return dict(re.findall(r"(\w+):([^,]+)", told))

    def expect_mirrored(self, **wanted: Any) -> None:
        """The address comes to say this; of every key it says something."""

        def agrees() -> bool:
            told = self.mirrored()
            if tuple(told) != self.keys:
                return False
            return all(_is(told[key], value) for key, value in wanted.items())

        eventually(agrees, lambda: f"{self.page.url}: not {wanted}", self.page)

    # -- what is done to it ----------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys on its handle."""
        for key in keys:
            self.handle.press(key)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def draw(self, *strokes: Stroke) -> None:
        """Draw with the mouse; a stroke is a list of fractions of the pad."""
        self.pad.scroll_into_view_if_needed()
        mouse = self.page.mouse
        for stroke in strokes:
            mouse.move(*place_in(self.pad, *stroke[0]))
            mouse.down()
            for x, y in stroke[1:]:
                mouse.move(*place_in(self.pad, x, y), steps=4)
            mouse.up()

    def draw_by_keyboard(self) -> None:
        """Draw a one: pen down, and down."""
        for key in ["Space", *["ArrowDown"] * 12]:
            self.pad.press(key)

    def anew(self) -> Self:
        """The same instance of a page that was loaded again."""
        return type(self)(self.page, self.number - 1)


def _is(told: str, wanted: Any) -> bool:
    """Is what the address says the wanted number or word?"""
    try:
        return bool(type(wanted)(told) == wanted)
    except ValueError:
        return False
