"""The picture of byte-pair merging: all pieces, and the new one of each row filled."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import same_color

from genlab.language.merge_picture import draw_merges
from genlab.plotting import token

STEPS = [(None, list("able")), (39, ["a", "b", "le"]), (118, ["ab", "le"])]


def test_every_piece_is_written_and_the_new_one_of_a_row_is_filled():
    ax = draw_merges(STEPS)
    texts = [text.get_text() for text in ax.texts]
    assert texts == [
        "letters", "a", "b", "l", "e", "merge 39", "a", "b", "le", "merge 118", "ab", "le",
    ]  # fmt: skip
    accent = token("accent")
    filled = [same_color(patch.get_facecolor(), accent) for patch in ax.patches]
    assert filled == [False] * 4 + [False, False, True] + [True, False]
    plt.close(ax.figure)


def test_without_steps_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="no steps"):
        draw_merges([])
