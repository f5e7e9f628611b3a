"""Classify images by labels in words, and measure how well DigitCLIP does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from genlab.data import load_digits
from genlab.vision.captions import PAIRS, captions, encode, painted
from genlab.vision.contrast import as_pixels

if TYPE_CHECKING:  # `transformers` takes seconds to import
    from genlab.models.clip import DigitCLIP

MOST_LABELS = 1000  # as many classes as ImageNet has


@torch.no_grad()
def image_vectors(model: DigitCLIP, images: Tensor) -> Tensor:
    """Map images (N, 3, 28, 28) in [0, 1] to vectors of length 1, (N, D)."""
    seen: Any = model.vision_model(pixel_values=as_pixels(images))
    return F.normalize(model.visual_projection(seen.pooler_output), dim=-1)


@torch.no_grad()
def text_vectors(model: DigitCLIP, texts: Sequence[str]) -> Tensor:
    """Map texts to vectors of length 1, (M, D)."""
    read: Any = model.text_model(input_ids=encode(texts))
    return F.normalize(model.text_projection(read.pooler_output), dim=-1)


def label_vectors(
    model: DigitCLIP,
    templates: Sequence[str],
    pairs: Sequence[tuple[str, int]] = PAIRS,
) -> Tensor:
    """Return a vector of length 1 for each pair, (60, D).

    With several templates it is the mean of the vectors that they give,
    brought to length 1 (Radford et al., 2021).
    """
    each = [text_vectors(model, captions(one, pairs)) for one in templates]
    return F.normalize(torch.stack(each).mean(dim=0), dim=-1)


def shares_right(answers: Tensor, pairs: Tensor) -> dict[str, float]:
    """Return which share of answers (N,) is right, as a pair and in part."""
    right = {
        "pair": answers == pairs,
        "digit": answers % 10 == pairs % 10,
        "colour": answers // 10 == pairs // 10,
    }
    return {name: one.double().mean().item() for name, one in right.items()}


def recognised(
    model: DigitCLIP,
    pairs: Sequence[tuple[str, int]],
    templates: Sequence[str],
) -> dict[str, float]:
    """Judge a model on the test digits, with all 60 captions as candidates.

    Args:
        model: sees the images and reads the captions.
        pairs: the test digits are painted so.
        templates: of the captions; of several the mean is taken.
    """
    images, target = painted(load_digits("test"), pairs)
    labels = label_vectors(model, templates)
    found = torch.cat([image_vectors(model, x) for x in images.split(500)])
    return shares_right((found @ labels.T).argmax(dim=1), target)


# -- asking a pipeline ----------------------------------------------------


def check_image(image: Any, side: int) -> Image.Image:
    """Return `image` if it is a picture in RGB of at least `side` pixels.

    Raises:
        TypeError: if it is no picture of PIL.
        ValueError: if it has other channels or is smaller.
    """
    if not isinstance(image, Image.Image):
        raise TypeError(
            f"the image is of type {type(image).__name__}; expected a picture "
            "of PIL: Image.open(file), or Image.fromarray(array)"
        )
    if image.mode != "RGB":
        raise ValueError(
            f"the image has mode {image.mode}; expected RGB: "
            'use image.convert("RGB")'
        )
    if min(image.size) < side:
        width, height = image.size
        raise ValueError(
            f"the image has {width} by {height} pixels; expected at least "
            f"{side} by {side}: take a larger one, details cannot be invented"
        )
    return image


def check_labels(labels: Any) -> list[str]:
    """Return `labels` if they can be candidates.

    Raises:
        TypeError: if they are not a list of texts.
        ValueError: if there are none or too many, or one is empty or twice.
    """
    if isinstance(labels, str) or not isinstance(labels, Sequence):
        raise TypeError(
            f"the labels are of type {type(labels).__name__}; expected a list "
            'of texts: ["a red three", "a blue three"]'
        )
    if not 1 <= len(labels) <= MOST_LABELS:
        raise ValueError(
            f"there are {len(labels)} labels; expected 1 to {MOST_LABELS}: "
            "an image is compared with each of them"
        )
    for label in labels:
        if not isinstance(label, str) or not label.strip():
            raise ValueError(
                f"one of the labels is {label!r}; expected words in each"
            )
        if labels.count(label) > 1:
            raise ValueError(
                f"the label {label!r} stands in the list more than once; "
                "equal labels would share its probability: leave one"
            )
    return list(labels)


def check_texts(pipe: Any, texts: Sequence[str]) -> None:
    """Refuse texts that the pipeline's text tower was not made for.

    Raises:
        ValueError: if a text has unknown words or is too long.
    """
    tokenizer, most = pipe.tokenizer, pipe.model.config.text_config
    unknown = tokenizer.unk_token_id
    ends = {tokenizer.eos_token_id, tokenizer.pad_token_id}
    for text in texts:
        ids = tokenizer(text).input_ids
        if unknown in ids and unknown not in ends:
            raise ValueError(
                f"the text {text!r} has words that this model never read; "
                f"it knows: {', '.join(_known_words(tokenizer))}"
            )
        if len(ids) > most.max_position_embeddings:
            raise ValueError(
                f"the text {text!r} has {len(ids)} tokens; expected at most "
                f"{most.max_position_embeddings}: make it shorter"
            )


def _known_words(tokenizer: Any) -> list[str]:
    by_number: Mapping[str, int] = tokenizer.get_vocab()
    special = set(tokenizer.all_special_tokens)
    return [
        word
        for word in sorted(by_number, key=by_number.__getitem__)
        if word not in special
    ]


def classify(
    pipe: Any,
    image: Image.Image,
    labels: Sequence[str],
    template: str = "{}",
) -> dict[str, float]:
    """Ask a pipeline for zero-shot classification, after a look at the input.

    Args:
        pipe: of `transformers`, DigitCLIP's or another's.
        image: a picture of PIL in RGB.
        labels: the candidates.
        template: what is read, with {} for the label.

    Returns:
        The probability of each label, the most probable first.

    Raises:
        TypeError: if the image or the labels are of another kind.
        ValueError: if the image, the labels or the template cannot be used.
    """
    if "{}" not in template:
        raise ValueError(
            f"the template is {template!r}; expected one with {{}} where the "
            "label shall stand"
        )
    check_image(image, pipe.model.config.vision_config.image_size)
    check_texts(pipe, [template.format(one) for one in check_labels(labels)])
    found = pipe(
        image, candidate_labels=list(labels), hypothesis_template=template
    )
    return {one["label"]: one["score"] for one in found}
