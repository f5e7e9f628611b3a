"""Shifted windows, exact against a loop over tokens; what a network of them may see."""

import pytest
import torch

from genlab.models.swin import (
    SwinSegmenter,
    WindowAttention,
    WindowBlock,
    grid_of,
    neighbours,
    windows,
)


def test_windows_are_squares_of_the_grid_row_by_row():
    grid = torch.arange(24).view(1, 4, 6, 1)
    cut = windows(grid, 2)
    assert cut.shape == (6, 4, 1)
    assert cut[0, :, 0].tolist() == [0, 1, 6, 7]
    assert cut[4, :, 0].tolist() == [14, 15, 20, 21]


@pytest.mark.parametrize(("height", "width", "side"), [(4, 4, 4), (8, 12, 4), (6, 4, 2), (3, 5, 1)])
def test_windows_and_back(rng, height, width, side):
    grid = torch.rand(3, height, width, 7, generator=rng)
    assert torch.equal(grid_of(windows(grid, side), side, height, width), grid)


def test_windows_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"windows of 3 do not fit a grid of \(4, 6\)"):
        windows(torch.zeros(1, 4, 6, 1), 3)


def by_hand(attention, x):
    """Each token looks at those of its shifted window, which ends where the picture ends."""
    _, height, width, _ = x.shape
    side, shift = attention.side, attention.shift
    out = torch.zeros_like(x)

    def window_of(row, column):
        return (row - shift) // side, (column - shift) // side

    tokens = [(r, c) for r in range(height) for c in range(width)]
    span = 2 * side - 1
    for row, column in tokens:
        near = [t for t in tokens if window_of(*t) == window_of(row, column)]
        q, k, v = attention.split(
            x[:, row, column][:, None], torch.stack([x[:, r, c] for r, c in near], dim=1)
        )
        scores = (q @ k.mT)[:, :, 0] / q.shape[-1] ** 0.5
        apart = [(row - r + side - 1) * span + column - c + side - 1 for r, c in near]
        weights = (scores + attention.bias[:, apart]).softmax(dim=-1)
        seen = (weights[..., None] * v).sum(dim=2).flatten(1)
        out[:, row, column] = attention.out(seen)
    return out


@pytest.mark.parametrize("shift", [0, 1, 2])
@pytest.mark.parametrize(("height", "width"), [(4, 4), (8, 12)])
def test_attention_is_that_of_a_loop_over_tokens(rng, shift, height, width):
    torch.manual_seed(0)
    attention = WindowAttention(8, heads=2, side=4, shift=shift).double()
    torch.nn.init.normal_(attention.bias)
    x = torch.rand(2, height, width, 8, generator=rng, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(attention(x), by_hand(attention, x), atol=1e-12)


def test_without_a_shift_all_of_a_window_are_neighbours():
    assert neighbours(8, 8, 4, 0).all()


def test_a_shift_lets_news_pass_from_window_to_window(rng):
    torch.manual_seed(0)
    x = torch.rand(1, 8, 8, 8, generator=rng)
    changed = x.clone()
    changed[0, 0, 0] += 1
    reached = []
    for shift in (0, 2):
        blocks = torch.nn.Sequential(WindowBlock(8, 2, 4, 0), WindowBlock(8, 2, 4, shift))
        with torch.no_grad():
            moved = (blocks(changed) - blocks(x)).abs().amax(dim=(0, 3)) > 1e-7
        reached.append(moved)
    assert torch.equal(reached[0].nonzero().amax(dim=0), torch.tensor([3, 3]))
    assert torch.equal(reached[1].nonzero().amax(dim=0), torch.tensor([5, 5]))


def test_a_segmenter_gives_a_class_a_pixel_at_any_size():
    torch.manual_seed(0)
    network = SwinSegmenter(depth=2)
    assert [block.attention.shift for block in network.blocks] == [0, 2]
    for side in (32, 64):
        assert network(torch.rand(2, 1, side, side)).shape == (2, 11, side, side)
    assert all(block.attention.shift == 0 for block in SwinSegmenter(shifted=False).blocks)
