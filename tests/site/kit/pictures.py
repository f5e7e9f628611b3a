"""What canvases show, and where things are on the page."""

from base64 import b64decode

import numpy as np
from playwright.sync_api import Locator

# A canvas keeps 256 levels, and the browser may round them once more.
LEVEL = 1.6 / 255


# Bytes as text: the browser's protocol would wrap every single number.
AS_TEXT = """(bytes) => {
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768)
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}"""


def colours_of(canvas: Locator) -> np.ndarray:
    """A canvas's pixels row by row, (N, 4): red, green, blue, alpha from 0 to 255."""
    text = canvas.evaluate(
        f"""(node) => {{
          const {{ width, height }} = node;
          const image = node.getContext("2d").getImageData(0, 0, width, height);
          return ({AS_TEXT})(image.data);
        }}"""
    )
    return np.frombuffer(b64decode(text), dtype=np.uint8).reshape(-1, 4).astype(float)


def ink_of(canvas: Locator) -> np.ndarray:
    """A canvas's ink in [0, 1], row by row: dark where the alpha is."""
    return colours_of(canvas)[:, 3] / 255


def signed_of(canvas: Locator) -> np.ndarray:
    """A canvas's signed values in [-1, 1]: blue above zero, orange below, white at zero."""
    red, _, blue, _ = colours_of(canvas).T
    return np.where(red < blue, (255 - red) / (255 - 0x1F), -(255 - blue) / (255 - 0x1C))


def place_in(target: Locator, x: float, y: float) -> tuple[float, float]:
    """Where on the page a fraction of an element is."""
    box = target.bounding_box()
    assert box, "the element is not on show"
    return box["x"] + x * box["width"], box["y"] + y * box["height"]
