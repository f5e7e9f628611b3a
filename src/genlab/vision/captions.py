"""Coloured digits and what can be said about them, for DigitCLIP.

A digit of the course is painted in one of six colours on white paper. 12 of
the 60 pairs of a colour and a digit are held out: no training image has them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from genlab.data import Digits
from genlab.models.special_tokens import END, PAD, START, UNKNOWN

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.85, 0.10, 0.10),
    "orange": (0.95, 0.55, 0.10),
    "green": (0.10, 0.60, 0.20),
    "blue": (0.10, 0.30, 0.90),
    "purple": (0.55, 0.15, 0.70),
    "black": (0.10, 0.10, 0.10),
}
DIGIT_WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
)
SHADE = 0.1  # the largest change of a colour's red, green and blue, either way

# The fields: a colour with its article, the colour, the digit as a word and
# as a numeral.
TEMPLATES = (
    "{a_colour} {word}",
    "{a_colour} {numeral}",
    "{colour} {word}",
    "this is a photo of {a_colour} {word}.",
    "a photo of the digit {numeral} in {colour}",
    "the digit {word} in {colour}",
    "the number {word}, painted {colour}",
    "a handwritten {numeral} in {colour} ink",
)
# Of known words in an order that training never had.
NEW_TEMPLATES = (
    "{numeral} in {colour}",
    "a painted {word} in {colour}",
    "{colour} ink, the digit {numeral}",
    "a photo of a handwritten {colour} {word}",
)

PAIRS = tuple((colour, digit) for colour in COLOURS for digit in range(10))
# Two of each colour, one or two of each digit.
HELD_OUT = tuple(
    (colour, (number + shift) % 10)
    for number, colour in enumerate(COLOURS)
    for shift in (0, 5)
)
TRAINED = tuple(pair for pair in PAIRS if pair not in HELD_OUT)


def caption(template: str, colour: str, digit: int) -> str:
    """Say what a pair is: "a red three" by the first template, for example."""
    article = "an" if colour[0] in "aeiou" else "a"
    return template.format(
        a_colour=f"{article} {colour}",
        colour=colour,
        word=DIGIT_WORDS[digit],
        numeral=digit,
    )


def captions(
    template: str, pairs: Sequence[tuple[str, int]] = PAIRS
) -> list[str]:
    """Return the caption of each pair by one template."""
    return [caption(template, colour, digit) for colour, digit in pairs]


# -- words ----------------------------------------------------------------


def words(text: str) -> list[str]:
    """Cut a text into words and marks: "A red 3." is a, red, 3 and a point."""
    return re.findall(r"\w+|[^\w\s]+", text.lower())


def _vocabulary() -> dict[str, int]:
    known = dict.fromkeys(
        word
        for template in TEMPLATES
        for text in captions(template)
        for word in words(text)
    )
    first = {"<pad>": PAD, "<start>": START, "<unknown>": UNKNOWN, "<end>": END}
    return first | {word: len(first) + i for i, word in enumerate(known)}


VOCABULARY = _vocabulary()
CONTEXT = 12  # the longest caption has ten words; a start and an end


def encode(texts: Sequence[str]) -> Tensor:
    """Return the tokens of texts, int64 (N, CONTEXT).

    Raises:
        ValueError: if a text has an unknown word, or too many words.
    """
    check_words(texts)
    rows = torch.full((len(texts), CONTEXT), PAD)
    for row, text in zip(rows, texts, strict=True):
        tokens = [START, *(VOCABULARY[word] for word in words(text)), END]
        row[: len(tokens)] = torch.tensor(tokens)
    return rows


def check_words(texts: Sequence[str]) -> None:
    """Refuse texts that DigitCLIP cannot read.

    Raises:
        ValueError: if a text has an unknown word, or too many words.
    """
    unknown = {word for text in texts for word in words(text)} - set(VOCABULARY)
    if unknown:
        known = ", ".join(list(VOCABULARY)[END + 1 :])
        raise ValueError(
            f"the labels have words that DigitCLIP never read: "
            f"{', '.join(sorted(unknown))}; use its own: {known}"
        )
    longest = max(texts, key=lambda text: len(words(text)), default="")
    if len(words(longest)) > CONTEXT - 2:
        raise ValueError(
            f"the label {longest!r} has {len(words(longest))} words and "
            f"marks; expected at most {CONTEXT - 2}: make it shorter"
        )


# -- images ---------------------------------------------------------------


def paint(ink: Tensor, colours: Tensor, rng: torch.Generator) -> Tensor:
    """Paint digits on white paper, each in its own shade of a colour.

    Args:
        ink: (N, 1, 28, 28) in [0, 1], 1 where there is ink.
        colours: int64 (N,), numbers of `COLOURS`.
        rng: where the shades come from.

    Returns:
        (N, 3, 28, 28) in [0, 1].
    """
    palette = torch.tensor(list(COLOURS.values()), device=ink.device)
    noise = torch.rand(len(ink), 3, generator=rng, device=ink.device) * 2 - 1
    shades = (palette[colours] + SHADE * noise).clamp(0, 1)
    return 1 - ink * (1 - shades[:, :, None, None])


def painted(
    digits: Digits, pairs: Sequence[tuple[str, int]], seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Paint every digit in each colour that it has in some pairs.

    Returns:
        Images (N, 3, 28, 28) in [0, 1], and int64 (N,), which of the 60
        `PAIRS` each is.
    """
    which, numbers = [], []
    for colour, digit in pairs:
        found = (digits.labels == digit).nonzero()[:, 0]
        which.append(found)
        numbers.append(torch.full_like(found, PAIRS.index((colour, digit))))
    target = torch.cat(numbers)
    rng = torch.Generator().manual_seed(seed)
    return paint(digits.images[torch.cat(which)], target // 10, rng), target
