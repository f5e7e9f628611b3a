"""What a page says about the files that its widgets will load."""

import html
import json

from genlab.sphinx.assets import MORE_LETTERS, page_module, sizes, write_page_module
from genlab.widgets.site.files import PROGRAM


def test_a_pages_script_has_its_widgets_and_no_others():
    text = page_module(["beta_slider", "latent_explorer"])
    assert '"beta-slider": view0, "latent-explorer": view1' in text
    assert text.count("// view.mjs\n") == 3, "the shared one and two of widgets"
    assert text.count("// service.mjs\n") == text.count("// host.mjs\n") == 1
    assert "// worker.mjs" not in text, "the worker has modules of its own"


def test_pages_with_equal_widgets_share_a_script(tmp_path):
    (tmp_path / "widgets/site").mkdir(parents=True)
    name = write_page_module(tmp_path, ["beta_slider"])
    assert write_page_module(tmp_path, ["beta_slider"]) == name
    assert write_page_module(tmp_path, ["sample_wall"]) != name
    assert (tmp_path / name).is_file(), "beside host.mjs, whose addresses are relative"
    assert name.startswith("widgets/site/page-")


def test_bytes_of_what_the_widgets_may_load(tmp_path):
    for name, size in {f"ort/{PROGRAM}": 9, "onnx/a.decoder.onnx": 5, "onnx/b.onnx": 7}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    own = html.escape(json.dumps({"decoder": "a.decoder"}))
    body = f'<div data-genlab-widget="x" data-genlab-networks="{own}"></div>'
    assert sizes(tmp_path, body) == {"a.decoder.onnx": 5, PROGRAM: 9}
    assert sizes(tmp_path, '<div data-genlab-networks="{}"></div>') == {}


def test_which_letters_need_the_second_file_of_the_face():
    assert all(map(MORE_LETTERS.search, ["Łukasz Kaiser", "Kraljević", "Ğ"]))
    assert not MORE_LETTERS.search("André, Durk, β, ˉ, “naïve” œuvre")
