"""The picture of the next-token explorer: bars of probabilities beside rows of attention."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.picture import LINE, WIDTH, data_url

ACCENT = "#5a8fd0"  # readable on white and on the dark page
SHOWN = 10

STRINGS: Tables = {
    "en": {
        "head": "head",
        "caption": (
            "Left: the probabilities of the next token. Right: how much the last token looks at "
            "each token, in each head of layer {layer}."
        ),
        "alt": (
            "Bars of the most likely tokens after {tokens}: {bars}. Beside them a row of shades "
            "for each head; most looks {looks}."
        ),
        "bar": "{token} {probability:.0%}",
        "look": "head {head} at {token} with {weight:.2f}",
    }
}


def draw_next_token(
    tokens: Sequence[str],
    symbols: Sequence[str],
    probabilities: Tensor,
    weights: Tensor,
    layer: int,
    texts: Texts,
) -> Picture:
    """Draw the ten most likely next tokens, and what the heads of a layer look at.

    Args:
        tokens: of the prefix.
        symbols: of the vocabulary.
        probabilities: of each symbol to come next.
        weights: (heads, tokens), from the last token; rows sum to 1.
        layer: whose heads they are, from 1.
        texts: a table of `STRINGS`.
    """
    values, best = probabilities.topk(min(SHOWN, len(symbols)))
    likely = [visible(symbols[index]) for index in best.tolist()]
    figure = Figure(figsize=(WIDTH, 3.0), dpi=110)
    figure.set_layout_engine("none")
    _draw_bars(figure.add_axes((0.11, 0.02, 0.36, 0.96)), likely, values.tolist())
    shown = [visible(token) for token in tokens]
    heads = figure.add_axes((0.58, 0.1, 0.41, 0.78))
    _draw_heads(heads, shown, weights, texts["head"])
    alt = _describe(shown, likely, values.tolist(), weights, texts)
    return Picture(data_url(figure), alt, texts["caption"].format(layer=layer))


def visible(token: str) -> str:
    """Return a token with its spaces and line breaks made visible, and without brackets."""
    token = token.replace(" ", "\u2423").replace("\n", "\u21b5")
    return token[1:-1] if len(token) > 2 and token[0] == "<" and token[-1] == ">" else token


def _draw_bars(axes: Axes, names: list[str], values: list[float]) -> None:
    places = range(len(names))
    axes.barh(places, values, color=ACCENT)
    for place, value in zip(places, values, strict=True):
        axes.text(value + 0.01, place, f"{value:.0%}", va="center", color=LINE, fontsize=10)
    axes.set_yticks(list(places), [name.replace("$", r"\$") for name in names])
    axes.set(xticks=[], xlim=(0, max(values) * 1.25))
    axes.invert_yaxis()
    _bare(axes)


def _draw_heads(axes: Axes, tokens: list[str], weights: Tensor, name: str) -> None:
    axes.imshow(weights.numpy(), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(tokens)), [token.replace("$", r"\$") for token in tokens])
    axes.set_yticks(range(len(weights)), [str(head) for head in range(1, len(weights) + 1)])
    axes.xaxis.tick_top()
    axes.set_ylabel(name, color=LINE)
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.patch.set_alpha(0)
    axes.spines[:].set_visible(False)
    axes.tick_params(colors=LINE, length=0, labelsize=11)


def _describe(
    tokens: list[str], likely: list[str], values: list[float], weights: Tensor, texts: Texts
) -> str:
    """Return the alt text: what is seen, computed from what is drawn."""
    bars = [
        texts["bar"].format(token=name, probability=value)
        for name, value in zip(likely, values, strict=True)
    ]
    looks = [
        texts["look"].format(head=head, token=tokens[int(row.argmax())], weight=row.max())
        for head, row in enumerate(weights, start=1)
    ]
    shown = {"tokens": " ".join(tokens), "bars": ", ".join(bars), "looks": ", ".join(looks)}
    return texts["alt"].format(**shown)
