"""One look for all figures: the course's colours, digits as dark ink on white paper."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from cycler import cycler
from IPython.core.getipython import get_ipython
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib_inline.backend_inline import set_matplotlib_formats
from torch import Tensor

_TOKENS = Path(__file__).with_name("style").joinpath("tokens.css").read_text(encoding="utf-8")


def token(name: str) -> str:
    """Return the light-mode value of one variable of `style/tokens.css`, e.g. "accent".

    Raises:
        KeyError: if there is none of this name.
    """
    found = re.search(rf"--gl-{re.escape(name)}:\s*([^;]+);", _TOKENS)
    if found is None:
        raise KeyError(f"tokens.css has no variable --gl-{name}")
    return found[1].strip()


DIGIT_COLORS: tuple[str, ...] = tuple(token("digit-" + str(digit)) for digit in range(10))

_STYLE: Any = {
    "figure.facecolor": token("paper"),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "savefig.facecolor": token("paper"),
    "axes.facecolor": token("paper"),
    "axes.edgecolor": token("line"),
    "axes.labelcolor": token("text-soft"),
    "axes.titlesize": "medium",
    "axes.titlecolor": token("text"),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=[token("accent"), *(DIGIT_COLORS[i] for i in (1, 2, 3, 4, 5))]),
    "axes.axisbelow": True,
    "grid.color": token("surface-raised"),
    "xtick.color": token("text-soft"),
    "ytick.color": token("text-soft"),
    "legend.frameon": False,
    "image.cmap": "gray_r",
    "lines.linewidth": 1.8,
}


def use_style() -> None:
    """Give every later figure the course's look, and in a notebook twice the pixels."""
    plt.rcParams.update(_STYLE)
    if get_ipython() is not None:
        set_matplotlib_formats("retina")


def show_digits(
    images: Tensor,
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    size: float = 0.75,
) -> Figure:
    """Draw digits in a grid, dark ink on white paper.

    Args:
        images: (N, 1, 28, 28) or (N, 28, 28), in [0, 1].
        titles: one for each image.
        columns: images a row; all in one row up to ten by default.
        size: inches an image.

    Raises:
        ValueError: if the shape is another or the number of titles differs.
    """
    pixels = images.detach().cpu().reshape(-1, *images.shape[-2:]).numpy()
    if titles is not None and len(titles) != len(pixels):
        raise ValueError(f"got {len(titles)} titles for {len(pixels)} images")
    columns = columns or min(len(pixels), 10)
    rows = math.ceil(len(pixels) / columns)
    extra = 0.25 if titles is not None else 0
    figure, axes = plt.subplots(
        rows, columns, figsize=(columns * size, rows * (size + extra)), squeeze=False
    )
    for axis in axes.flat:
        axis.axis("off")
    for index, (axis, image) in enumerate(zip(axes.flat, pixels, strict=False)):
        axis.imshow(image, cmap="gray_r", vmin=0, vmax=1)
        if titles is not None:
            axis.set_title(str(titles[index]), fontsize="small")
    return figure


def show_photos(
    photos: Sequence[Tensor], titles: Sequence[str], part: slice = slice(64, 264), size: float = 2.6
) -> Figure:
    """Draw the same square part of several photographs (3, H, W) side by side.

    Args:
        photos: with values around [0, 1].
        titles: one for each.
        part: rows and columns that are shown.
        size: inches a photograph.
    """
    figure, axes = plt.subplots(
        1, len(photos), figsize=(len(photos) * size, size + 0.25), squeeze=False
    )
    for axis, photo, title in zip(axes.flat, photos, titles, strict=True):
        axis.imshow(photo[:, part, part].detach().clamp(0, 1).permute(1, 2, 0).numpy())
        axis.set_title(title, fontsize="small")
        axis.axis("off")
    return figure


def show_pictures(
    images: Tensor, titles: Sequence[object] | None = None, columns: int = 10, size: float = 0.75
) -> Figure:
    """Draw small colour pictures (N, 3, H, W) in [0, 1] in a grid.

    Args:
        images: the pictures.
        titles: one for each.
        columns: pictures a row.
        size: inches a picture.

    Raises:
        ValueError: if the shape is another or the number of titles differs.
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"got images {tuple(images.shape)}; expected (N, 3, H, W)")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"got {len(titles)} titles for {len(images)} images")
    rows, extra = math.ceil(len(images) / columns), 0.25 if titles is not None else 0
    figure, axes = plt.subplots(
        rows, columns, figsize=(columns * size, rows * (size + extra)), squeeze=False
    )
    for axis in axes.flat:
        axis.axis("off")
    for index, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        axis.imshow(image.detach().cpu().permute(1, 2, 0).numpy(), vmin=0, vmax=1)
        if titles is not None:
            axis.set_title(str(titles[index]), fontsize="small")
    return figure


def digit_grid(images: Tensor, columns: int) -> np.ndarray:
    """Put digits (N, 1, 28, 28) side by side in one array (rows * 28, columns * 28).

    Raises:
        ValueError: if N is not a multiple of `columns`.
    """
    rows, rest = divmod(len(images), columns)
    if rest:
        raise ValueError(f"{len(images)} images do not fill rows of {columns}")
    tiles = images.detach().reshape(rows, columns, 28, 28)
    return tiles.permute(0, 2, 1, 3).reshape(rows * 28, columns * 28).numpy()


def scatter_latents(z: Tensor, labels: Tensor, ax: Axes | None = None, size: float = 26) -> Axes:
    """Draw 2-D latent vectors as small coloured numerals: the class is readable without colour.

    Args:
        z: (N, 2).
        labels: (N,), 0 to 9.
        ax: where to draw; a new square figure by default.
        size: area of a numeral in points squared.

    Raises:
        ValueError: if `z` is not (N, 2).
    """
    if z.ndim != 2 or z.shape[1] != 2:
        raise ValueError(f"z has shape {tuple(z.shape)}; expected (N, 2)")
    ax = ax or plt.subplots(figsize=(5.5, 5.5))[1]
    points = z.detach().cpu().numpy()
    for digit in torch.unique(labels).tolist():
        x, y = points[labels.numpy() == digit].T
        ax.scatter(x, y, s=size, marker=f"${digit}$", color=DIGIT_COLORS[digit], linewidths=0.2)
    ax.set_xlabel("$z_0$")
    ax.set_ylabel("$z_1$")
    ax.set_aspect("equal", adjustable="box" if _is_shared(ax) else "datalim")
    return ax


def _is_shared(ax: Axes) -> bool:
    return len(ax.get_shared_x_axes().get_siblings(ax)) > 1


def loss_curve(losses: Sequence[float], ax: Axes | None = None, label: str = "loss") -> Axes:
    """Draw a loss against the step, raw in the background and smoothed in front."""
    ax = ax or plt.subplots(figsize=(6, 2.8))[1]
    width = max(1, len(losses) // 50)
    smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
    ax.plot(losses, color=token("line"), linewidth=0.8)
    ax.plot(np.arange(width - 1, len(losses)), smooth, label=label)
    ax.set_xlabel("step")
    ax.set_ylabel(label)
    return ax


def mark_points(ax: Axes, points: Tensor) -> None:
    """Lay numbered points (N, 2), counted from 1, over a map."""
    for number, (x, y) in enumerate(points.tolist(), start=1):
        ax.plot(x, y, "o", markersize=13, color=token("paper"), markeredgecolor=token("ink"))
        ax.text(x, y, str(number), ha="center", va="center", fontsize="small", color=token("ink"))
