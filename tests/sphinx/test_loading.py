"""What a page says about the files that its widgets will load."""

import html
import json

from genlab.sphinx.assets import module_files, sizes
from genlab.widgets import static_files
from genlab.widgets.site.files import PROGRAM


def test_all_modules_of_a_page_are_named_once_and_are_served():
    files = module_files(["latent_explorer", "beta_slider"])
    assert len(files) == len(set(files)) and set(files) < set(static_files())
    assert {"widgets/site/service.mjs", "widgets/lib/view.mjs"} < set(files)
    assert {"widgets/latent_explorer/view.mjs", "widgets/beta_slider/view.mjs"} < set(files)
    assert not [name for name in files if "unet_tracer" in name or "host" in name]
    assert "widgets/site/worker.mjs" not in files  # the worker has modules of its own


def test_bytes_of_what_the_widgets_may_load(tmp_path):
    for name, size in {f"ort/{PROGRAM}": 9, "onnx/a.decoder.onnx": 5, "onnx/b.onnx": 7}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    own = html.escape(json.dumps({"decoder": "a.decoder"}))
    body = f'<div data-genlab-widget="x" data-genlab-networks="{own}"></div>'
    assert sizes(tmp_path, body) == {"a.decoder.onnx": 5, PROGRAM: 9}
    assert sizes(tmp_path, '<div data-genlab-networks="{}"></div>') == {}
