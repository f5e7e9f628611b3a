"""A page's style sheets and scripts as one each, without what the site does not use."""

import re
from pathlib import Path

import pydata_sphinx_theme
import pytest

from genlab.sphinx.blocks import with_far_sections, with_sizes
from genlab.sphinx.bundles import with_bundles
from genlab.sphinx.used import names_in, used

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
HEAD = """\
  <noscript><link rel="stylesheet" href="../_genlab/style/noscript.css?v=1"></noscript>
  <link rel="stylesheet" href="../_static/theme.css">
    <link rel="stylesheet" type="text/css" href="../_static/pygments.css?v=2" />
  <link rel="stylesheet" href="../_genlab/style/site.css?v=3">
  <link rel="stylesheet" href="../_genlab/widgets/one/style.css?v=4">
    <script src="../_static/documentation_options.js?v=5"></script>
    <script src="../_static/a.js?v=6"></script>
    <script>DOCUMENTATION_OPTIONS.pagename = "x";</script>
  <script defer src="../_static/b.js"></script>
  <script type="module" src="../_genlab/page.mjs"></script>
"""


@pytest.fixture
def site(tmp_path):
    files = {
        "book/page.html": HEAD,
        "search.html": HEAD.replace("../", ""),
        "_static/theme.css": '@charset "UTF-8";a{background:url(images/a.png)}.none{color:red}',
        "_static/pygments.css": "b{background:url('data:x')}",
        "_genlab/style/site.css": ".by-a-widget{mask:url(../icon.svg)}",
        "_static/documentation_options.js": "const DOCUMENTATION_OPTIONS = {};",
        "_static/a.js": '"use strict";\nconst a = 1',
        "_static/b.js": "b = a;",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def bundled(site, name):
    page = site / name
    text = with_bundles(page.read_text(), page, site, frozenset())
    links = re.findall(r"_genlab/(bundle-\w+\.(?:css|js))", text)
    return text, [(site / "_genlab" / link).read_text() for link in links]


def test_a_page_links_one_sheet_and_one_script(site):
    text, (_, script) = bundled(site, "book/page.html")
    assert text.count('rel="stylesheet"') == 3, "noscript's, the bundle, the widget's"
    assert text.index("bundle-") < text.index("widgets/one/style.css")
    assert "<script>const DOCUMENTATION_OPTIONS = {};</script>" in text, (
        "inline scripts write there"
    )
    assert text.count("<script defer src=") == 1
    assert script.index("const a") < script.index("b = a")


def test_addresses_in_sheets_lead_where_they_led(site):
    _, (style, _) = bundled(site, "book/page.html")
    assert "url(../_static/images/a.png)" in style
    assert 'url("data:x")' in style
    assert "url(icon.svg)" in style
    assert "charset" not in style


def test_own_rules_stay_and_unused_ones_of_others_leave(site):
    _, (style, _) = bundled(site, "book/page.html")
    assert ".by-a-widget" in style
    assert ".none" not in style


def test_one_scripts_strictness_is_not_anothers(site):
    """The second script assigns to an undeclared name."""
    _, (_, script) = bundled(site, "book/page.html")
    assert script.startswith(";")


def test_the_search_page_keeps_its_scripts(site):
    text, bundles = bundled(site, "search.html")
    assert len(bundles) == 1
    assert text.count("<script") == HEAD.count("<script")


def test_pages_with_equal_links_share_a_bundle_and_a_second_pass_changes_nothing(site):
    text, _ = bundled(site, "book/page.html")
    other = site / "book/other.html"
    other.write_text(HEAD)
    assert with_bundles(HEAD, other, site, frozenset()) == text
    assert with_bundles(text, other, site, frozenset()) == text


def test_what_is_not_in_use_leaves_and_nothing_else():
    style = (
        '@font-face{font-family:"Font Awesome 6 Free";src:url(x.woff2)}'
        "@font-face{font-family:Other;src:url(y.woff2)}"
        ".fa-sun:before{content:x}.fa-solid,.fas{font-weight:900}#here .nav{top:0}#gone{top:0}"
        "@keyframes fa-spin{to{rotate:1turn}}@keyframes turn{to{rotate:1turn}}"
        ".nav:not(.gone){color:red}.nav .fa-sun{color:blue}a{color:green}.modal,.nav{color:red}"
        "@media print{.fa-sun{display:none}}@media print{.modal{color:red}a{color:red}}"
    )
    names = names_in(['<p class="nav other" id="here">'])
    assert used(style, names) == (
        "@font-face{font-family:Other;src:url(y.woff2)}"
        "#here .nav{top:0}"
        "@keyframes turn{to{rotate:1turn}}"
        ".nav:not(.gone){color:red}a{color:green}.nav{color:red}"
        "@media print{a{color:red}}"
    )


def test_the_themes_own_style_loses_its_fonts_and_keeps_what_a_page_has():
    style = (THEME / "styles/pydata-sphinx-theme.css").read_text(encoding="utf8")
    light = used(style, names_in(['<div class="bd-sidebar-primary">']))
    assert "webfonts" not in light
    assert len(light) < 0.5 * len(style)
    assert ".bd-sidebar-primary" in light
    assert ".carousel" not in light


@pytest.mark.parametrize(
    ("code", "lines", "columns"),
    [("a\n", 1, 1), ("", 1, 0), ("a\n\nlong\n", 3, 4), ("<b>a</b> &lt;\nc", 2, 3)],
)
def test_the_size_of_a_block_of_code_is_known(code, lines, columns):
    body = f'<div class="highlight"><pre><span></span>{code}</pre></div><pre>no code</pre>'
    size = f"--gl-lines: {lines}; --gl-columns: {columns}"
    assert f'<pre><span class="gl-lines" style="{size}"><span></span>' in with_sizes(body)
    assert with_sizes(body).count('class="gl-lines"') == 1


def test_sections_of_the_second_level_wait_and_tell_how_much_is_in_them():
    body = (
        '<section id="a"><h1>T</h1><p>first</p>'
        '<section id="b"><h2>Four</h2><p>five <b>six</b></p><img src="x">'
        '<section id="c"><span class="gl-lines" style="--gl-lines: 7; --gl-columns: 3"></span>'
        '<details><span class="gl-lines" style="--gl-lines: 90"></span>folded</details></section>'
        '</section><section class="own" id="d"></section></section>'
    )
    far = with_far_sections(body)
    size = "--gl-letters: 12; --gl-code: 7; --gl-pictures: 1"
    assert f'<section id="b" class="gl-far" style="{size}"><h2>' in far
    assert '<section class="gl-far own" id="d" style="' in far
    assert far.count("gl-far") == 2, "neither the page's own nor a third level"
    assert (
        re.sub(r' style="--gl-letters[^"]*"', "", far)
        .replace(' class="gl-far"', "")
        .replace("gl-far ", "")
        == body
    ), "nothing else changes"


def test_a_body_without_sections_stays_as_it_is():
    assert with_far_sections("<p>one</p>") == "<p>one</p>"
