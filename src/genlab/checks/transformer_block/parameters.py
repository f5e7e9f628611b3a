"""Check on how many parameters a model has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from genlab.checks import Case, Hint, Result, exercise, expect_number, run_check, say, text
from genlab.checks.watching import no_layers
from genlab.models.llama import LlamaConfig

Count = Callable[[LlamaConfig], Any]

SMALL = LlamaConfig(vocabulary=100, width=24, depth=3, heads=6, kv_heads=2, hidden=40)


@exercise("ex-count", points=3)
def count(answer: Count) -> Result:
    """Check LlamaConfig -> how many parameters such a model has, embeddings tied."""
    nothing = replace(SMALL, depth=0)
    return run_check(
        "count",
        [
            Case(
                "without blocks: the embedding and the last norm", lambda: _expect(answer, nothing)
            ),
            Case("one block", lambda: _expect(answer, replace(SMALL, depth=1))),
            Case("as many heads of keys as of queries", lambda: _expect(answer, _ungrouped())),
            Case("SmolLM2: 134,515,008", lambda: _expect(answer, LlamaConfig())),
        ],
    )


def _ungrouped() -> LlamaConfig:
    return replace(SMALL, kv_heads=SMALL.heads, hidden=52, vocabulary=7)


def _expect(answer: Count, config: LlamaConfig) -> None:
    with no_layers(say("count by arithmetic alone.")):
        got = expect_number(answer(config), "count")
    wanted = parameters_of(config)
    if got != wanted:
        off = got - wanted
        why = _why(config, off)
        raise Hint(
            "Yours is {off:+,} off from {wanted:,} for depth {depth}, width {width}, "
            "heads {heads}, kv_heads {kv_heads}. {why}",
            off=int(off) if off.is_integer() else off,
            wanted=wanted,
            why=say(why),
            **asdict(config),
        )


def parameters_of(c: LlamaConfig) -> int:
    """Return how many parameters a `Llama` of these sizes has; a test holds it to the model."""
    attention = 2 * c.width * (c.width + c.kv_heads * c.head_size)
    block = attention + 3 * c.width * c.hidden + 2 * c.width
    return c.vocabulary * c.width + c.depth * block + c.width


def _why(c: LlamaConfig, off: float) -> str:
    """Say what is left out or counted too often, by how much it is."""
    known = _of_blocks(c) if c.depth else _around_blocks(c)
    other = text("Count the matrices one by one; there are no biases.")
    return known.get(off / max(c.depth, 1), other)


def _around_blocks(c: LlamaConfig) -> dict[float, str]:
    embedding = c.vocabulary * c.width
    return {
        embedding: text("Is the embedding counted twice? It is the unembedding too."),
        embedding - c.width: text("Is the embedding counted twice, and the last norm left out?"),
        -embedding: text("Is the embedding left out?"),
        -c.width: text("Is there a norm after the last block?"),
        c.width: text("The norm after the last block has `width` numbers, and no biases."),
    }


def _of_blocks(c: LlamaConfig) -> dict[float, str]:
    width, hidden, kv_width = c.width, c.hidden, c.kv_heads * c.head_size
    return {
        -2 * width: text("Each block has two norms, of `width` numbers each."),
        -width: text("Is there one norm too few in each block? It has two."),
        2 * width: text("The norms have `width` numbers each, and no biases."),
        2 * width * (width - kv_width): text(
            "Keys and values have kv_heads heads only: their matrices are narrower."
        ),
        -width * hidden: text("SwiGLU has three matrices: gate, up and down."),
        -width * width: text("Is one of attention's four matrices left out?"),
        -width * kv_width: text("Is the matrix of the keys left out, or that of the values?"),
        2 * width + 2 * kv_width: text("Attention's matrices have no biases."),
        2 * hidden + width: text("The matrices of SwiGLU have no biases."),
    }
