"""The files that a page with widgets needs beside itself."""

from __future__ import annotations

from pathlib import Path

from genlab.widgets.kernel.bundle import WIDGETS

CHECKOUT = WIDGETS.parents[2]
PROGRAM = "ort-wasm-simd-threaded.wasm"
RUNTIME = ("ort.wasm.bundle.min.mjs", PROGRAM)


def static_files(checkout: Path = CHECKOUT) -> dict[str, Path]:
    """Return what goes under `_genlab/` of the site: relative target to source file.

    Modules and styles of the widgets under `widgets/`; under `ort/` what runs networks in the page.

    Args:
        checkout: the folder that holds `node_modules`.

    Raises:
        FileNotFoundError: if the npm packages are not installed.
    """
    modules = {
        f"widgets/{file.relative_to(WIDGETS).as_posix()}": file
        for file in sorted([*WIDGETS.rglob("*.mjs"), *WIDGETS.glob("*/style.css")])
    }
    return modules | {f"ort/{name}": _runtime(checkout, name) for name in RUNTIME}


def _runtime(checkout: Path, name: str) -> Path:
    file = checkout / "node_modules" / "onnxruntime-web" / "dist" / name
    if not file.is_file():
        raise FileNotFoundError(
            f"{file} is missing: the npm packages are not installed. "
            "Run `make install` or `npm ci` in the folder that holds package.json"
        )
    return file
