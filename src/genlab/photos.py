"""Colour photographs that come with scikit-image, so that no page needs a network.

Only those whose licence the package states are used (its docstrings, `help(skimage.data.coffee)`);
the stereo pair of a motorcycle comes without one. No other colour photograph is in its wheel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK = 8  # photographs are cut to whole blocks of so many pixels, JPEG's


@dataclass(frozen=True)
class Photo:
    """A photograph of `skimage.data`.

    Attributes:
        what: what it shows, and who made it.
        licence: as the docstring of its loader in scikit-image states it.
    """

    what: str
    licence: str


PHOTOS: dict[str, Photo] = {
    "astronaut": Photo("Eileen Collins, NASA", "public domain"),
    "rocket": Photo("a launch of Falcon 9, SpaceX", "public domain"),
    "retina": Photo("a human retina, Mikael Häggström", "CC0 1.0"),
    "hubble_deep_field": Photo("distant galaxies, NASA", "public domain"),
    "immunohistochemistry": Photo("stained tissue, CMMI", "no known copyright restrictions"),
    "chelsea": Photo("a cat, Stefan van der Walt", "CC0"),
    "coffee": Photo("a cup of coffee, Rachel Michetti", "CC0"),
}
TEST_PHOTOS = ("chelsea", "coffee")
TRAINING_PHOTOS = tuple(name for name in PHOTOS if name not in TEST_PHOTOS)


def load_photo(name: str) -> Tensor:
    """Return a photograph, float32 (3, H, W) in [0, 1]; H and W are multiples of 8.

    Raises:
        ValueError: if there is none of this name.
    """
    if name not in PHOTOS:
        raise ValueError(f"there is no photograph {name!r}; there are: {', '.join(PHOTOS)}")
    from skimage import data  # takes a second: only where it is needed

    pixels: np.ndarray = getattr(data, name)()
    height, width = (side // BLOCK * BLOCK for side in pixels.shape[:2])
    cut = np.ascontiguousarray(pixels[:height, :width])
    return torch.from_numpy(cut).permute(2, 0, 1).float() / 255


def load_crops(per_photo: int = 400, size: int = 64, seed: int = 0) -> Tensor:
    """Return square pieces of the training photographs, equally many of each.

    Half of them are cut from the photograph at half its size, which has more detail a pixel; half
    are mirrored.

    Args:
        per_photo: how many of each photograph.
        size: pixels a side.
        seed: of the places that are cut.

    Returns:
        float32 (5 * per_photo, 3, size, size) in [0, 1].

    Raises:
        ValueError: if `size` is not a multiple of 8 that fits, or `per_photo` is below 1.
    """
    if per_photo < 1 or size % BLOCK or not BLOCK <= size <= 208:
        raise ValueError(
            f"per_photo is {per_photo} and size {size}; expected 1 or more, "
            "and a multiple of 8 from 8 to 208"
        )
    rng = np.random.default_rng(seed)
    crops = []
    for name in TRAINING_PHOTOS:
        photo = load_photo(name)
        half = F.avg_pool2d(photo, 2)
        crops += [_crop((photo, half)[i % 2], size, rng) for i in range(per_photo)]
    return torch.stack(crops)


def _crop(photo: Tensor, size: int, rng: np.random.Generator) -> Tensor:
    top, left = (int(rng.integers(side - size + 1)) for side in photo.shape[1:])
    crop = photo[:, top : top + size, left : left + size]
    return crop.flip(2) if rng.integers(2) else crop
