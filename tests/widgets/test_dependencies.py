"""What a page with one widget depends on: that widget, and nothing of the others."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import nbformat
import pytest

import genlab
from genlab.course.build.dependencies import Package, dependency_hash

LIMITS = {
    "ArchitectureCompare": 33,  # three architectures, six cards of networks
    "AttentionViewer": 20,
    "BetaSlider": 32,
    "BottleneckSlider": 24,
    "DenoisePlayer": 34,  # five cards of networks, a denoiser and a flow
    "LatentExplorer": 16,
    "NextTokenExplorer": 20,
    "ObjectiveExplorer": 24,
    "PatchExplorer": 22,
    "SampleWall": 29,  # eight cards of networks
    "TimestepScrubber": 26,
    "UNetTracer": 28,
    "ZeroShotClassifier": 24,
}
FOLDER = Path(genlab.__file__).parent
FOLDERS = {
    **{"ArchitectureCompare": "architecture_compare", "AttentionViewer": "attention_viewer"},
    **{"BetaSlider": "beta_slider"},
    **{
        "BottleneckSlider": "bottleneck_slider",
        "LatentExplorer": "latent_explorer",
        "DenoisePlayer": "denoise_player",
    },
    **{"NextTokenExplorer": "next_token_explorer", "ObjectiveExplorer": "objective_explorer"},
    **{"SampleWall": "sample_wall", "TimestepScrubber": "timestep_scrubber"},
    **{"PatchExplorer": "patch_explorer", "UNetTracer": "unet_tracer"},
    **{"ZeroShotClassifier": "zero_shot_classifier"},
}
DECLARATION = '\nSITE_NETWORKS["one-more.part"] = SITE_NETWORKS.get("", None)\n'


def page_with(widget: str) -> str:
    return f"from genlab.widgets import {widget}\n{widget}()"


@pytest.fixture(scope="module")
def package() -> Package:
    return Package(FOLDER)


def reached(package: Package, widget: str) -> set[str]:
    paths = package.reached(ast.parse(page_with(widget)))
    return {path.relative_to(package.folder).as_posix() for path in paths}


def test_each_widget_has_a_limit():
    there = {file.parent.name for file in FOLDER.glob("widgets/*/networks.py")}
    assert set(FOLDERS.values()) == there
    assert LIMITS.keys() == FOLDERS.keys()
    assert max(LIMITS.values()) <= 34


@pytest.mark.parametrize("widget", LIMITS)
def test_a_widget_depends_on_what_its_folder_imports(package, widget):
    found = reached(package, widget)
    assert len(found) <= LIMITS[widget], sorted(found)
    folders = {name.split("/")[1] for name in found if name.startswith("widgets/")}
    assert folders == {"kernel", FOLDERS[widget]}
    assert f"widgets/{FOLDERS[widget]}/networks.py" in found


@pytest.mark.parametrize(
    ("widget", "files"),
    [
        ("ArchitectureCompare", {"checkpoints/rin.json", "models/rin.py", "models/uvit.py"}),
        ("BetaSlider", {"checkpoints/vae-2d-beta-20.json", "models/vae.py", "metrics/quality.py"}),
        ("BottleneckSlider", {"checkpoints/autoencoder-32d.json", "models/autoencoder.py"}),
        ("ObjectiveExplorer", {"checkpoints/unet-time-sample.json", "models/time_unet.py"}),
        ("PatchExplorer", {"checkpoints/vit-patch-4.json", "models/vit.py"}),
        ("SampleWall", {"checkpoints/unet-time-sample.json", "models/time_unet.py"}),
        ("TimestepScrubber", {"checkpoints/unet-time-v_prediction.json", "models/time_unet.py"}),
        ("UNetTracer", {"checkpoints/unet-basic.json", "models/unet.py"}),
        ("ZeroShotClassifier", {"checkpoints/digit-clip.json", "models/clip.py"}),
        ("LatentExplorer", {"style/tokens.css", "data.py", "widgets/kernel/coding.py"}),
    ],
)
def test_what_a_widget_shows_by_default_is_among_them(package, widget, files):
    assert files <= reached(package, widget)


def hashes(folder: Path) -> dict[str, str]:
    """Return the dependency hash of a page with each widget."""
    package = Package(folder)
    cells = {widget: nbformat.v4.new_code_cell(page_with(widget)) for widget in LIMITS}
    return {
        widget: dependency_hash(nbformat.v4.new_notebook(cells=[cell]), package, folder / "none")
        for widget, cell in cells.items()
    }


def test_a_network_more_leaves_the_pages_of_other_widgets_fresh(tmp_path):
    copy = tmp_path / "genlab"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__", "*.safetensors"))
    before = hashes(copy)
    for widget in ("BetaSlider", "NextTokenExplorer"):
        file = copy / "widgets" / FOLDERS[widget] / "networks.py"
        text = file.read_text()
        file.write_text(text + DECLARATION)
        after = hashes(copy)
        assert {one for one in LIMITS if after[one] != before[one]} == {widget}
        file.write_text(text)
