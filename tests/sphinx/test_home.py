"""The first page's living picture, and the small pictures that lead to widgets."""

import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from genlab import checkpoints
from genlab.sphinx import living, pictures, play, thumbnails
from genlab.sphinx.home import alt_text, picture_html
from genlab.sphinx.texts import site_texts
from genlab.widgets.kernel.bundle import WIDGETS
from genlab.widgets.kernel.page import Picture, widget_html
from genlab.widgets.kernel.picture import image_url

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "src/genlab/widgets/site/home/decoder.mjs"
DECODE = """
import { readFileSync } from "node:fs";
const { decode, readLayers } = await import(process.argv[1]);
const { buffer } = new Uint8Array(readFileSync(process.argv[2]));
const layers = readLayers(buffer);
const places = JSON.parse(process.argv[3]);
process.stdout.write(JSON.stringify(places.map(([z0, z1]) => [...decode(layers, z0, z1)])));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def written(folder: Path) -> living.Living:
    return living.write_living(folder)


def test_the_pages_network_is_pytorchs(folder: Path, written: living.Living) -> None:
    z = torch.cat([3 * torch.randn(50, 2, generator=torch.manual_seed(0)), torch.zeros(1, 2)])
    arguments = [MODULE.as_uri(), str(folder / living.WEIGHTS), json.dumps(z.tolist())]
    command = ["node", "--input-type=module", "--eval", DECODE, "--", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    with torch.no_grad():
        expected = checkpoints.load_model(living.CHECKPOINT).decode(z).flatten(1).numpy()
    np.testing.assert_allclose(np.array(json.loads(answer)), expected, atol=1e-5, rtol=0)


def test_weights_and_pictures_are_small(folder: Path, written: living.Living) -> None:
    sizes = {name: (folder / name).stat().st_size for name in (living.WEIGHTS, living.MAP)}
    assert sizes[living.WEIGHTS] <= 200_000
    assert sizes[living.MAP] <= 30_000
    with Image.open(folder / living.MAP) as picture:
        assert picture.size == (16 * 56, 6 * 56)
        assert picture.mode == "RGBA"


def test_the_map_holds_every_digit_and_is_told_in_words(written: living.Living) -> None:
    assert [len(row) for row in written.tiles] == [living.COLUMNS] * living.ROWS
    assert set("".join(written.tiles)) == set("0123456789")
    assert "96 digits" in alt_text(written, "en")
    assert "1 at the left, 0 at the right" in alt_text(written, "en")
    assert alt_text(written, "en").endswith(f"under the lens a {written.digit}.")


def test_places_are_the_middles_of_tiles() -> None:
    z = living.places().reshape(living.ROWS, living.COLUMNS, 2)
    left, right, bottom, top = living.EXTENT
    step = torch.tensor([(right - left) / living.COLUMNS, (bottom - top) / living.ROWS])
    torch.testing.assert_close(z[0, 0], torch.tensor([left, top]) + step / 2)
    torch.testing.assert_close(z[-1, -1], torch.tensor([right, bottom]) - step / 2)


def test_the_picture_stands_without_a_script(written: living.Living) -> None:
    html = picture_html(written, lambda name: f"../_genlab/{name}?v=1", "en")
    assert 'src="../_genlab/home/map.webp?v=1" width="896"\n height="336" alt="A map of' in html
    assert 'data-weights="../_genlab/home/decoder.bin?v=1"' in html
    assert 'style="--u: 0.47; --v: 0.25"' in html


def widget_output(name: str, size: tuple[int, int]):
    picture = Picture(image_url(Image.new("RGBA", size, "#2b60cb")), "blue")
    html = widget_html(name, picture, {}, {}, {"without_script": ""})
    return new_output("display_data", data={"text/html": html})


def test_a_pages_widgets_are_found_with_their_pictures() -> None:
    outputs = [widget_output("beta_slider", (40, 30)), widget_output("unet_tracer", (20, 10))]
    again = [widget_output("beta_slider", (9, 9)), new_output("stream", text="x")]
    notebook = new_notebook(cells=[new_code_cell(outputs=outputs), new_code_cell(outputs=again)])
    found = thumbnails.shown_widgets(notebook)
    assert [widget.name for widget in found] == ["beta-slider", "unet-tracer"]
    sizes = [Image.open(io.BytesIO(widget.picture or b"")).size for widget in found]
    assert sizes == [(40, 30), (20, 10)]


@pytest.mark.parametrize("size", [(1080, 648), (900, 180), (236, 176), (100, 400)])
def test_a_small_picture_is_whole_on_paper_or_cut_at_its_right(size: tuple[int, int]) -> None:
    picture = Image.new("RGBA", size)
    picture.paste("#000000", (0, 0, size[0] // 10, size[1]))  # black at its left end
    packed = io.BytesIO()
    picture.save(packed, "png")
    image = thumbnails.small(packed.getvalue(), thumbnails.CARD)
    assert image.size == thumbnails.CARD
    ink = np.argwhere(np.array(image.convert("L")) < 128)
    assert len(ink)
    wide, high = min(size[0], thumbnails.LONG * size[1]), size[1]
    filled = wide / high >= 5 / 3
    assert (ink[:, 1].min() == 0) == filled  # a wide one reaches the edge, a narrow one is centred


def test_an_inline_picture_becomes_a_file_with_its_size(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    url = image_url(Image.fromarray(noise))
    inline = f'<p><img src="{url}" alt="noise"><img src="data:image/webp;base64,AAAA" alt="x"></p>'
    body = pictures.as_files(inline, tmp_path, lambda name: f"../{name}")
    (file,) = tmp_path.iterdir()
    assert body == (
        f'<p><img loading="lazy" decoding="async" width="80" height="60" src="../{file.name}" '
        'alt="noise"><img src="data:image/webp;base64,AAAA" alt="x"></p>'
    )
    assert Image.open(file).size == (80, 60)


def test_every_widget_has_a_name_and_a_task() -> None:
    texts = site_texts("en")
    names = [file.parent.name.replace("_", "-") for file in sorted(WIDGETS.glob("*/widget.py"))]
    names.remove("kernel")
    assert len(names) >= 8
    assert [name for name in names if name not in texts or f"{name}-task" not in texts] == []


def test_a_place_stands_before_the_first_widget_of_each_name() -> None:
    one = '<div class="genlab-widget" data-genlab-widget="toy" data-state="idle"></div>'
    body = play.with_places(f"{one}{one}<div>x</div>")
    assert body == f'<div class="gl-place" id="play-toy"></div>{one}{one}<div>x</div>'
