"""Changes to styles and HTML that need no build."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops
from pybtex.database import parse_string
from sphinx.errors import ExtensionError

from genlab.course.environment import missing_programs
from genlab.sphinx import formulas
from genlab.sphinx.assets import copy_if_changed, copy_katex
from genlab.sphinx.bibliography import AuthorYear
from genlab.sphinx.images import lighten, with_sizes
from genlab.sphinx.repairs import repaired

ROOT = Path(__file__).parents[2]


def completed(tmp_path, dots):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png", dpi=(dots, dots))
    fixed = 'style="width: 30px; height: 20px;"'
    body = f'<p><img alt="A" src="../_images/a.png" {fixed} /><img src="../_images/b.png" /></p>'
    return with_sizes(body, {"a.png": tmp_path / "a.png"})


def test_pictures_get_their_size_and_wait_and_a_frame(tmp_path):
    assert completed(tmp_path, 110) == (
        '<p><span class="gl-figure" style="--gl-natural: 30px"><img loading="lazy" '
        'decoding="async" width="30" height="20" alt="A" src="../_images/a.png" /></span>'
        '<img src="../_images/b.png" /></p>'
    )


def test_a_figure_of_twice_the_pixels_is_no_larger_on_the_page(tmp_path):
    assert 'width="15" height="10"' in completed(tmp_path, 220)


def test_a_picture_without_colours_keeps_its_pixels_in_fewer_bytes(tmp_path):
    file, greys = tmp_path / "a.png", Image.linear_gradient("L").rotate(30)
    greys.convert("RGBA").save(file, dpi=(220, 220))
    before = file.stat().st_size
    lighten(file)
    assert file.stat().st_size < 0.7 * before
    with Image.open(file) as now:
        assert now.mode == "L"
        assert ImageChops.difference(now, greys).getbbox() is None
        assert round(now.info["dpi"][0]) == 220


@pytest.mark.parametrize("color", [(200, 10, 10, 255), (90, 90, 90, 120)])
def test_a_picture_with_colours_or_transparent_parts_stays_as_it_is(tmp_path, color):
    file = tmp_path / "a.png"
    Image.new("RGBA", (30, 20), color).save(file)
    before = file.read_bytes()
    lighten(file)
    assert file.read_bytes() == before


def test_a_figure_is_no_link_to_itself_and_keeps_its_class(tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png", dpi=(110, 110))
    body = (
        '<a class="photograph reference internal image-reference" href="../_images/a.png">'
        '<img alt="A" src="../_images/a.png" style="width: 30px;" /></a>'
    )
    assert with_sizes(body, {"a.png": tmp_path / "a.png"}) == (
        '<span class="gl-figure" style="--gl-natural: 30px"><img loading="lazy" decoding="async" '
        'width="30" height="20" class="photograph" alt="A" src="../_images/a.png" /></span>'
    )


def test_a_drawing_has_the_size_of_its_view_box(tmp_path):
    (tmp_path / "a.svg").write_text('<svg xmlns="x" viewBox="0 0 840 310" role="img"></svg>')
    body = '<figure><img alt="A" src="../_images/a.svg" /></figure>'
    assert with_sizes(body, {"a.svg": tmp_path / "a.svg"}) == (
        '<figure><img loading="lazy" decoding="async" width="840" height="310" '
        'alt="A" src="../_images/a.svg" /></figure>'
    )


def test_a_list_that_is_none_is_not_called_one():
    body = '<div role="list" class="citation-list"><div role="doc-biblioentry">x</div></div>'
    assert repaired(body) == '<div class="citation-list"><div>x</div></div>'


def test_a_corner_above_rows_heads_no_column():
    body = '<tr><th class="head"></th><th><p></p></th><th>n</th></tr>'
    assert repaired(body) == '<tr><td class="head"></td><td></td><th>n</th></tr>'


def test_a_headings_link_says_where_it_leads():
    link = '<a class="headerlink" href="#x" title="Link to this heading">#</a>'
    body = repaired(f"<h2>Who &amp; <code>what</code>{link}</h2><p>A{link}</p>")
    assert 'aria-label="Link to this section: Who &amp; what" href="#x"' in body
    assert 'title="Link to this heading" aria-label="Link to this heading">#</a></p>' in body


def test_a_place_before_the_first_widget_and_no_other():
    widget = '<div class="genlab-widget" data-genlab-widget="a"></div>'
    place = '<span id="gl-first-widget" tabindex="-1"></span>'
    assert repaired(f"<p></p>{widget}{widget}") == f"<p></p>{place}{widget}{widget}"


def test_works_are_labelled_by_author_and_year():
    data = parse_string(
        """
        @article{a, author = "Kingma, Diederik P. and Welling, Max", year = 2014}
        @article{b, author = "van der Maaten, Laurens", year = 2008}
        @article{c, author = "A, B and C, D and E, F", year = 2020}
        @article{d, author = "A, B and G, H and I, J", year = 2020}
        @misc{e, title = "Nobody's"}
        @article{f, author = "Bi{\\'n}kowski, Miko{\\l}aj", year = 2018}
        """,
        "bibtex",
    )
    assert list(AuthorYear().format_labels(data.entries.values())) == [
        "Kingma and Welling, 2014",
        "van der Maaten, 2008",
        "A et al., 2020a",
        "A et al., 2020b",
        "e, no year",
        "Bi\u0144kowski, 2018",
    ]


@pytest.fixture
def katex():
    process = formulas.Katex(ROOT / "node_modules/katex/dist/katex.mjs")
    yield process
    process.close()


def test_a_formula_becomes_html_and_mathml(katex):
    html = formulas.Formulas(katex)(r"\hat x \sim \mathcal{N}(0, I)", {"displayMode": True})
    assert "<math" in html
    assert "katex-display" in html


def test_a_formula_that_is_not_understood_is_shown_as_it_was_written(katex):
    render = formulas.Formulas(katex)
    assert render(r"\frac{<1") == r"<code>\frac{&lt;1</code>"
    assert "<math" in render("x\n+ é")


def test_a_process_that_ends_is_an_error(tmp_path):
    with pytest.raises(ExtensionError, match="ended with 1"):
        formulas.Katex(tmp_path / "nothing.mjs").set("x", {})


def test_katex_comes_with_one_format_of_fonts(tmp_path):
    copy_katex(ROOT / "node_modules/katex/dist", tmp_path)
    style = (tmp_path / "katex.css").read_text()
    assert ".woff2" in style
    assert ".ttf" not in style
    assert ".woff)" not in style
    fonts = {path.name for path in (tmp_path / "fonts").iterdir()}
    assert fonts
    assert all(name.endswith(".woff2") and name in style for name in fonts)


def test_copying_replaces_what_has_changed(tmp_path):
    source, target = tmp_path / "a", tmp_path / "b/c"
    source.write_text("one")
    copy_if_changed(source, target)
    source.write_text("three")
    copy_if_changed(source, target)
    assert target.read_text() == "three"


def test_missing_npm_packages_are_named_with_what_to_do(tmp_path):
    message = missing_programs(tmp_path)
    assert message is not None
    assert "katex" in message
    assert "make install" in message
    assert "npm ci" in message


def test_a_missing_node_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    message = missing_programs(ROOT)
    assert message is not None
    assert "Node" in message


@pytest.mark.parametrize("pattern", ["http://", "https://", "//"])
def test_our_own_styles_name_no_other_host(pattern):
    for path in [
        *ROOT.glob("src/genlab/style/*.css"),
        *ROOT.glob("src/genlab/widgets/*/style.css"),
        *ROOT.glob("src/genlab/sphinx/static/**/*.[cms]*"),  # styles, modules, drawings
        *ROOT.glob("src/genlab/sphinx/templates/*.html"),
    ]:
        text = path.read_text(encoding="utf8").replace("http://www.w3.org/2000/svg", "")
        urls = [part for part in text.split("url(")[1:] if pattern in part.split(")")[0]]
        assert not urls, path
