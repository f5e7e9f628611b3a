"""The look: digit colours that everybody can tell apart, and figures that use them."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from genlab import plotting

LIGHT, DARK = plotting.token("surface"), "#14181d"
# Colour blindness as linear maps of linear RGB (Machado, Oliveira & Fernandes, 2009, severity 1).
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(color: str) -> np.ndarray:
    value = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    bright, dark = sorted((TO_XYZ[1] @ linear(c) for c in (a, b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.clip(rgb, 0, 1) @ TO_XYZ.T / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


@pytest.mark.parametrize("color", plotting.DIGIT_COLORS)
def test_digit_colours_are_seen_on_light_and_on_dark(color):
    assert contrast(color, LIGHT) >= 3
    assert contrast(color, DARK) >= 3


@pytest.mark.parametrize("vision", VISION)
def test_digit_colours_stay_apart_for_colour_blind_eyes(vision):
    colors = (
        np.stack([linear(color) for color in plotting.DIGIT_COLORS]) @ np.array(VISION[vision]).T
    )
    points = lab(colors)
    distance = np.linalg.norm(points[:, None] - points[None], axis=-1)
    # A difference of 2.3 is just noticeable; ours is several times that.
    assert distance[~np.eye(10, dtype=bool)].min() > 12


def test_text_has_enough_contrast():
    assert contrast(plotting.token("text"), LIGHT) >= 7
    assert contrast(plotting.token("text-soft"), LIGHT) >= 4.5


def test_an_unknown_token_is_named():
    with pytest.raises(KeyError, match="--gl-colour"):
        plotting.token("colour")


def test_show_pictures_draws_each_in_its_colours():
    images = torch.zeros(3, 3, 28, 28)
    images[1, 0] = 1
    figure = plotting.show_pictures(images, titles="abc", columns=2)
    shown = [axis.images[0].get_array() for axis in figure.axes[:3]]
    assert [tuple(one[0, 0]) for one in shown] == [(0, 0, 0), (1, 0, 0), (0, 0, 0)]
    assert [axis.get_title() for axis in figure.axes] == ["a", "b", "c", ""]
    plt.close(figure)


def test_show_digits_draws_dark_ink_on_white():
    figure = plotting.show_digits(torch.zeros(3, 1, 28, 28), titles="abc")
    image = figure.axes[0].images[0]
    assert image.get_cmap().name == "gray_r"
    assert image.get_clim() == (0, 1)
    plt.close(figure)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plotting.show_digits(torch.zeros(2, 1, 28, 28), titles="abc"), "3 titles for 2"),
        (lambda: plotting.show_pictures(torch.zeros(2, 3, 8, 8), titles="abc"), "3 titles for 2"),
        (lambda: plotting.show_pictures(torch.zeros(2, 1, 28, 28)), r"expected \(N, 3, H, W\)"),
        (lambda: plotting.scatter_latents(torch.zeros(5, 3), torch.zeros(5)), r"shape \(5, 3\)"),
        (lambda: plotting.digit_grid(torch.zeros(5, 1, 28, 28), 2), "5 images do not fill rows"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_digit_grid_keeps_reading_order():
    images = torch.arange(4.0).reshape(4, 1, 1, 1).expand(4, 1, 28, 28)
    grid = plotting.digit_grid(images, columns=2)
    assert grid.shape == (56, 56)
    assert [grid[0, 0], grid[0, 28], grid[28, 0], grid[28, 28]] == [0, 1, 2, 3]
