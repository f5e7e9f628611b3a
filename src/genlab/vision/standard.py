"""DigitCLIP as the files that `transformers` expects, and its pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from torch import Tensor
from transformers import CLIPModel, PreTrainedTokenizerFast, pipeline

from genlab.models.clip import SIDE, DigitCLIP
from genlab.models.special_tokens import END, START
from genlab.vision.captions import CONTEXT, VOCABULARY
from genlab.vision.contrast import MEAN, SPREAD

REAL_CLIP = "openai/clip-vit-base-patch32"  # 605 MB, from the Hub
TASK: Any = "zero-shot-image-classification"


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer of whole words, with a start and an end."""
    tokenizer = Tokenizer(WordLevel(VOCABULARY, unk_token="<unknown>"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()  # marks are words of their own
    tokenizer.post_processor = TemplateProcessing(
        single="<start> $A <end>",
        special_tokens=[("<start>", START), ("<end>", END)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<start>",
        unk_token="<unknown>",
        eos_token="<end>",
        model_max_length=CONTEXT,
        model_input_names=["input_ids", "attention_mask"],
    )


def make_image_processor() -> Any:
    """Return what makes pixels of a picture: 28 by 28, from -1 to 1."""
    return _image_processor()(
        size={"shortest_edge": SIDE},
        crop_size={"height": SIDE, "width": SIDE},
        image_mean=[MEAN] * 3,
        image_std=[SPREAD] * 3,
    )


def _image_processor() -> Any:
    """Return the class that works with PIL, by its name in this version."""
    try:
        from transformers import CLIPImageProcessorPil
    except ImportError:  # before version 5
        from transformers import CLIPImageProcessor

        return CLIPImageProcessor
    return CLIPImageProcessorPil


def save_standard(model: DigitCLIP, folder: Path) -> None:
    """Write a DigitCLIP as any CLIP is written: weights, words, image size.

    `transformers` then opens the folder without this package.
    """
    plain = CLIPModel(model.config)
    plain.load_state_dict(model.state_dict())
    plain.save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    make_image_processor().save_pretrained(folder)


def open_pipeline(name: str | Path) -> Any:
    """Return the pipeline of a folder, or of a model's name on the Hub.

    Raises:
        RuntimeError: if the model can be found neither here nor there.
    """
    try:
        return pipeline(task=TASK, model=str(name))
    except Exception as error:  # many kinds stand for "no network"
        raise RuntimeError(
            f"{name} could not be loaded ({type(error).__name__}): it is no "
            "folder here, and the Hub did not give it. Check the name and "
            "the network, or use DigitCLIP, which needs none."
        ) from error


def as_picture(image: Tensor) -> Image.Image:
    """Return an image (3, H, W) in [0, 1] as a picture of PIL, in RGB."""
    values = (255 * image).round().clamp(0, 255).byte()
    return Image.fromarray(np.ascontiguousarray(values.permute(1, 2, 0)))
