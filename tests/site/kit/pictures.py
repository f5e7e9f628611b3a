"""What canvases show, and where things are on the page."""

import numpy as np
from playwright.sync_api import Locator

# A canvas keeps 256 levels, and the browser may round them once more.
LEVEL = 1.6 / 255


def ink_of(canvas: Locator) -> np.ndarray:
    """A canvas's ink in [0, 1], row by row: dark where the alpha is."""
    return np.array(
        canvas.evaluate(
            """(node) => {
              const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
              return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3] / 255);
            }"""
        )
    )


def signed_of(canvas: Locator) -> np.ndarray:
    """A canvas's signed values in [-1, 1]: blue above zero, orange below, white at zero."""
    return np.array(
        canvas.evaluate(
            """(node) => {
              const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
              return Array.from({ length: data.length / 4 }, (_, i) => {
                const [r, , b] = data.slice(4 * i, 4 * i + 3);
                return r < b ? (255 - r) / (255 - 0x1f) : -(255 - b) / (255 - 0x1c);
              });
            }"""
        )
    )


def place_in(target: Locator, x: float, y: float) -> tuple[float, float]:
    """Where on the page a fraction of an element is."""
    box = target.bounding_box()
    assert box, "the element is not on show"
    return box["x"] + x * box["width"], box["y"] + y * box["height"]
