"""What the site copies beside its pages."""

from __future__ import annotations

import pytest

from genlab.widgets import static_files


def test_every_module_and_the_runtime():
    files = static_files()
    assert {"widgets/site/host.mjs", "widgets/site/worker.mjs"} <= set(files)
    assert {"widgets/lib/infer.mjs", "widgets/latent_explorer/view.mjs"} <= set(files)
    assert {"ort/ort.wasm.bundle.min.mjs", "ort/ort-wasm-simd-threaded.wasm"} <= set(files)
    assert all(path.is_file() for path in files.values())
    assert not [target for target in files if target.endswith((".d.mts", ".py"))]


def test_missing_npm_packages(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Run `make install` or `npm ci`"):
        static_files(tmp_path)
