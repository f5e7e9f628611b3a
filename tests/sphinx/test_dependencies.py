"""What a page depends on: neither too little (stale outputs) nor too much (needless waiting)."""

import ast
from pathlib import Path

import pytest

from genlab.course.build.dependencies import Package, code_tree


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "toy"
    write(root / "__init__.py")
    write(root / "data.py", "from toy import files\n")
    write(root / "files.py")
    write(root / "alone.py")
    write(root / "models/__init__.py", "from .small import Small\n")
    write(root / "models/small.py", "def load():\n    from ..data import x\n")
    write(root / "lazy.py", 'TABLE = {"small": "toy.models.small:Small"}\n')
    write(root / "widget.py", 'SCRIPT = "widget.mjs"\nSTYLE = "tokens.css"\n')
    write(root / "widget.mjs")
    write(root / "style/tokens.css")
    write(root / "style/other.css")
    write(root / "checkpoints/vae-2d.safetensors")
    write(root / "checkpoints/vae-2d.json")
    write(root / "checkpoints/vae-8d.json")
    return root


def reached(folder: Path, source: str) -> set[str]:
    paths = Package(folder).reached(code_tree([source]))
    return {path.relative_to(folder).as_posix() for path in paths}


def test_imports_are_followed_through_functions_and_relative_names(folder):
    found = reached(folder, "from toy.models.small import Small")
    assert found == {"models/small.py", "data.py", "files.py"}


def test_a_module_imported_from_its_package_counts(folder):
    assert reached(folder, "from toy import alone") == {"alone.py"}


def test_a_package_that_only_collects_names_is_looked_through(folder):
    write(folder / "models/big.py")
    both = 'from .small import Small\nfrom .big import Big as Large\n__all__ = ["Small"]\n'
    write(folder / "models/__init__.py", '"""Doc."""\n' + both)
    assert reached(folder, "from toy.models import Small") == {
        "models/small.py",
        "data.py",
        "files.py",
    }
    assert reached(folder, "from toy.models import Large") == {"models/big.py"}
    assert reached(folder, "from toy.models.big import Big") == {"models/big.py"}


@pytest.mark.parametrize(
    "statement",
    ["import toy.models", "from toy import models", "from toy.models import *"],
)
def test_whoever_takes_the_whole_collection_depends_on_all_of_it(folder, statement):
    found = reached(folder, statement)
    assert {"models/__init__.py", "models/small.py"} <= found


def test_a_package_that_does_something_counts(folder):
    write(folder / "models/__init__.py", "from .small import Small\nx = print(1)\n")
    assert "models/__init__.py" in reached(folder, "from toy.models import Small")
    assert "models/__init__.py" in reached(folder, "import toy.models.small")


def test_a_module_named_in_a_string_counts(folder):
    assert "models/small.py" in reached(folder, "import toy.lazy")


def test_a_checkpoint_named_in_a_cell_counts_with_its_card(folder):
    found = reached(folder, 'import toy\nload("vae-2d")')
    assert found - {"__init__.py"} == {"checkpoints/vae-2d.json", "checkpoints/vae-2d.safetensors"}


def test_a_checkpoint_brings_the_module_of_its_model(folder):
    write(folder / "checkpoints/vae-2d.json", '{"model": "toy.models.small.Small"}')
    found = reached(folder, 'load("vae-2d")')
    assert {"models/small.py", "data.py", "checkpoints/vae-2d.json"} <= found


def test_a_checkpoint_named_by_a_pattern_counts(folder):
    found = reached(folder, 'for n in (2, 8):\n    load(f"vae-{n}d")')
    assert {"checkpoints/vae-2d.json", "checkpoints/vae-8d.json"} <= found


def test_a_string_that_is_only_a_variable_names_no_file(folder):
    assert reached(folder, 'print(f"{x}", "*", "**")') == set()


def test_the_browsers_half_of_a_widget_does_not_count(folder):
    found = reached(folder, "import toy.widget")
    assert found == {"widget.py", "style/tokens.css"}


def test_what_joins_the_browsers_half_for_a_notebook_does_not_count(folder):
    for place in ("widgets", "widgets/kernel"):
        write(folder / place / "__init__.py")
    write(folder / "widgets/kernel/bundle.py", "import toy.alone\n")
    write(folder / "widgets/kernel/widget.py", "import toy.widgets.kernel.bundle\n")
    found = reached(folder, "import toy.widgets.kernel.widget")
    assert found == {"widgets/kernel/widget.py"}


def test_other_packages_do_not_count(folder):
    assert reached(folder, "import numpy\nfrom toyota import x") == set()


def test_magics_and_broken_cells_do_not_hide_the_others(folder):
    tree = code_tree(["%matplotlib inline\nimport toy.alone", "def (", "!ls"])
    assert folder / "alone.py" in Package(folder).reached(tree)


def test_a_cycle_of_imports_ends(folder):
    write(folder / "files.py", "import toy.data\n")
    assert {"data.py", "files.py"} <= reached(folder, "import toy.data")


def test_a_relative_import_in_a_package_starts_at_the_package(folder):
    write(folder / "models/__init__.py", "from . import small\n")
    assert isinstance(code_tree(["1"]), ast.Module)
    assert "models/small.py" in reached(folder, "import toy.models")
