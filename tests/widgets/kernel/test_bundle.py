"""A kernel hands the browser one module: what `inline_module` makes must be importable."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from genlab.widgets import LatentExplorer
from genlab.widgets.kernel.bundle import WIDGETS, inline_module, widget_css


def run_node(script: str, folder: Path) -> str:
    file = folder / "main.mjs"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(["node", file], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_node_imports_the_inlined_explorer(tmp_path):
    (tmp_path / "one.mjs").write_text(LatentExplorer._esm, encoding="utf-8")
    script = 'import one from "./one.mjs"; console.log(Object.keys(one), typeof one.render)'
    assert run_node(script, tmp_path) == "[ 'render' ] function"


def test_no_relative_import_is_left():
    source = inline_module(WIDGETS / "latent_explorer" / "view.mjs")
    code = [line for line in source.splitlines() if not line.lstrip().startswith(("/*", "*"))]
    assert not [line for line in code if '"./' in line]


def test_shared_modules_stay_one(tmp_path):
    (tmp_path / "shared.mjs").write_text("export const state = { count: 0 };\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}.mjs").write_text(
            'import {\n  state,\n} from "./shared.mjs";\nexport const add = () => ++state.count;\n'
        )
    (tmp_path / "top.mjs").write_text(
        'import { add as a } from "./a.mjs";\nexport * from "./b.mjs";\na();\n'
    )
    (tmp_path / "one.mjs").write_text(inline_module(tmp_path / "top.mjs"))
    script = 'import { add } from "./one.mjs"; console.log(add())'
    assert run_node(script, tmp_path) == "2"


def write(folder: Path, **files: str) -> Path:
    """Write modules by their names; return the path of `top.mjs`."""
    for name, text in files.items():
        (folder / f"{name}.mjs").write_text(text)
    return folder / "top.mjs"


LEAF = """
export const one = 1;
export function* two() {
  yield one + 1;
}
export async function three() {
  return 3;
}
export class Four {
  value = 4;
}
const five = 5;
const six = 6;
export { five, six as half };
export default class extends Four {}
"""
BETWEEN = """
export * from "./leaf.mjs";
export * as all from "./leaf.mjs";
export { half as six } from "./leaf.mjs"
"""
TOP = """
import Four, { three, five as fifth } from "./leaf.mjs";
import * as between from "./between.mjs";
import "./leaf.mjs";
export const sum = async () =>
  [between.one, ...between.two(), await three(), new Four().value, fifth, between.six];
export const same = () => between.all.Four === between.Four;
export * from "./between.mjs";
export default function name() {
  return "top";
}
"""


def test_every_way_to_export_and_to_import(tmp_path):
    source = inline_module(write(tmp_path, leaf=LEAF, between=BETWEEN, top=TOP))
    (tmp_path / "one.mjs").write_text(source)
    script = (
        'import name, * as one from "./one.mjs";'
        "console.log(name(), (await one.sum()).join(), one.same(), Object.keys(one).sort().join())"
    )
    names = "Four,all,default,five,half,one,same,six,sum,three,two"
    assert run_node(script, tmp_path) == f"top 1,2,3,4,5,6 true {names}"


@pytest.mark.parametrize(
    ("leaf", "top", "message"),
    [
        ("export let a = 1;", 'import { a } from "./leaf.mjs";', "has the statement `export let a"),
        (
            "export const a = 1;",
            'import { b } from "./leaf.mjs";',
            "'b' from a file that exports",
        ),
        ("", 'import x from "./leaf.mjs";', "'default' from a file that exports nothing"),
        ("", 'import "./leaf.mjs";\nimport x from "three";', "expected an import from a file"),
    ],
)
def test_what_cannot_be_joined_is_named(tmp_path, leaf, top, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        inline_module(write(tmp_path, leaf=leaf, top=top))


VIEWS = sorted(
    file.with_name("view.mjs")
    for file in WIDGETS.glob("*/widget.py")
    if file.parent.name != "kernel"
)
KILOBYTE = 1000


def test_a_notebooks_module_holds_each_file_once(tmp_path):
    for view in VIEWS:
        source = inline_module(view)
        (tmp_path / f"{view.parent.name}.mjs").write_text(source)
        assert len(source.encode()) <= 120 * KILOBYTE, view.parent.name
        assert source.count("\nexport function element(") == 0
        assert source.count("\nfunction element(") == 1, view.parent.name
    imports = "".join(
        f'import {view.parent.name} from "./{view.parent.name}.mjs";' for view in VIEWS
    )
    names = ", ".join(view.parent.name for view in VIEWS)
    script = f"{imports}console.log([{names}].every((one) => typeof one.render === 'function'))"
    assert len(VIEWS) == 13
    assert run_node(script, tmp_path) == "true"


def test_comments_and_strings_are_left_alone(tmp_path):
    text = (
        '/** @import { A } from "./types.mjs" */\n// import "./x.mjs"\n'
        "export const say = \"import x from './y.mjs'\";\n"
    )
    (tmp_path / "top.mjs").write_text(text)
    assert inline_module(tmp_path / "top.mjs") == text


def test_a_circle_and_a_missing_file_are_errors(tmp_path):
    (tmp_path / "a.mjs").write_text('import "./b.mjs";\n')
    (tmp_path / "b.mjs").write_text('import "./a.mjs";\n')
    with pytest.raises(ValueError, match=r"circle: a\.mjs -> b\.mjs -> a\.mjs"):
        inline_module(tmp_path / "a.mjs")
    (tmp_path / "b.mjs").write_text('import "./none.mjs";\n')
    with pytest.raises(FileNotFoundError, match=r"none\.mjs"):
        inline_module(tmp_path / "a.mjs")


def test_the_style_brings_its_tokens():
    css = widget_css("unet_tracer")
    assert css.index("--gl-digit-9:") < css.index(".genlab-widget") < css.index("unet-tracer")
    assert "beta-slider" not in css


@pytest.mark.parametrize(
    "file", sorted(WIDGETS.glob("*/style.css")), ids=lambda file: file.parent.name
)
def test_a_widgets_style_is_its_own(file):
    """Two widgets may use the same class names: each rule names its widget."""
    css = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
    selectors = [one.strip() for one in re.findall(r"([^{}]+)\{", css)]
    root = f'.genlab-widget[data-genlab-widget="{file.parent.name.replace("_", "-")}"]'
    rules = [one for one in selectors if not one.startswith("@")]
    assert rules
    for rule in rules:
        # Commas within :is(...) do not separate rules.
        for part in re.split(r",\s*(?![^(]*\))", rule):
            assert part.strip().startswith(root), rule
