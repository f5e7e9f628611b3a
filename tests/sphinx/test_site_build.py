"""One build of a small course by Jupyter Book itself, strict, from stored outputs (no kernel)."""

import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from jupyter_book.sphinx import build_sphinx
from small_course import COST, HEADER, LESSON, TOC, with_output, write

from genlab.claims.ledger import record
from genlab.claims.registry import Measurement
from genlab.course.build.store import OutputStore
from genlab.course.edition import FIRST, Edition, edition_named
from genlab.measured import Measured
from genlab.sphinx import assets, texts

# sphinx-external-toc looks at every living object, torch's deprecated ones among them.
pytestmark = [
    pytest.mark.tools,
    pytest.mark.filterwarnings("ignore:.*torch.distributed:FutureWarning"),
]
ROOT = Path(__file__).parents[2]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
MORE = """
$$E = mc^2$$ (eq-e)

See {eq}`eq-e` and {cite:t}`someone`. It costs {claim}`2.0 nats
<lesson/gap.nats>`, and {printed}`7`.

```{exercise-start} Count
:label: ex-count
```
{effort}`hard 30`

**Count.**
```{exercise-end}
```

```{solution-start} ex-count
:class: dropdown
```
Three.
```{solution-end}
```
"""
FAULTY = """\
# Faulty

```{code-cell} ipython3
import ipywidgets
ipywidgets.IntSlider()
```

A formula $\\frac{1$ that ends too early.
"""


def make_course(root: Path) -> Path:
    write(root / "_toc.yml", TOC + "  - file: book/claims\n")
    shutil.copy(ROOT / "_config.yml", root)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    write(root / "requirements.txt", "")
    reference = '@misc{someone, author = "One, Some", title = "A", year = 2020}'
    write(root / "book/references.bib", reference)
    write(root / "book/intro.md", "# Plain\n\n```{bibliography}\n```\n")
    write(root / "book/lesson.md", HEADER + LESSON + MORE)
    write(root / "book/claims.md", "# Claims\n\n```{claims-ledger}\n```\n")
    gap = Measurement("lesson/gap", lambda: {"nats": Measured(2.0, 0.5, 5)}, "A gap.", "5 seeds")
    list(record([], root, {gap.name: gap}))
    return root


def store(root: Path, page: str, output: nbformat.NotebookNode, edition: Edition = FIRST) -> None:
    pages = OutputStore(root, edition=edition)
    pages.keep(page, with_output(pages, page, output), COST)


def build(root: Path, edition: Edition = FIRST) -> int:
    result = build_sphinx(
        root,
        root / edition.build / "html",
        noconfig=True,
        path_config=root / "_config.yml",
        confoverrides={
            "external_toc_path": str(root / edition.toc),
            "latex_individualpages": False,
            "nitpicky": True,
        },
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )
    assert isinstance(result, int), result
    return result


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built site of a course without faults, launch links included."""
    root = make_course(tmp_path_factory.mktemp("course"))
    widget = {
        "text/plain": "w",
        "text/html": '<div class="genlab-widget" data-genlab-widget="toy"></div>',
        WIDGET_VIEW: {"model_id": "1", "version_major": 2, "version_minor": 0},
    }
    store(root, "book/lesson", nbformat.v4.new_output("display_data", data=widget))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assets, "export_networks", lambda folder, cache: None)
        patch.setenv("GITHUB_REPOSITORY", "ada/course")
        assert build(root) == 0
    return root / "_build/html"


@pytest.fixture(scope="module")
def translated(tmp_path_factory) -> str:
    """The lesson of an edition in the language xx, which has its own texts."""
    root, edition = make_course(tmp_path_factory.mktemp("course")), edition_named("xx")
    write(root / edition.toc, TOC.replace("book/", "book-xx/"))
    shutil.copytree(root / "book", root / edition.pages)
    output = nbformat.v4.new_output("stream", text="2\n")
    store(root, "book-xx/lesson", output, edition)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assets, "export_networks", lambda folder, cache: None)
        patch.setenv("GITHUB_REPOSITORY", "ada/course")
        patch.setenv("GENLAB_LANGUAGE", "")  # so that it is put back
        translation = {name: f"xx {text}" for name, text in texts.TEXTS["en"].items()}
        patch.setitem(texts.TEXTS, "xx", translation)
        assert build(root, edition) == 0
        assert os.environ["GENLAB_LANGUAGE"] == "xx"
    assert not (root / "_build/html").exists()
    site = root / edition.build / "html"
    assert "xx Go to the first page" in (site / "index.html").read_text(encoding="utf8")
    return (site / "book-xx/lesson.html").read_text(encoding="utf8")


def test_a_second_edition_speaks_its_language(translated):
    assert re.search(r'<html[^>]* lang="xx"', translated)
    # Two ways to run it, one line on how long, the folded code, the theme's buttons.
    for words in (
        "xx Run in Colab",
        "xx Run in Binder",
        "xx Run this page as a notebook",
        "xx Runs in 3 s on one CPU thread",
        "xx Show the source",
        "xx Hide the source",
        "xx Search the course",
        "xx Show or hide the list of pages",
    ):
        assert words in translated, words


def test_a_second_edition_links_to_its_own_notebooks(translated):
    assert "github/ada/course/blob/notebooks/xx/lesson.ipynb" in translated


def test_the_first_edition_speaks_english(lesson):
    assert re.search(r'<html[^>]* lang="en"', lesson)
    for words in ("Run in Colab", "Show the source", "Search the course"):
        assert f'"{words}"' in lesson or f">{words}<" in lesson, words


@pytest.fixture(scope="module")
def lesson(site) -> str:
    return (site / "book/lesson.html").read_text(encoding="utf8")


def test_nothing_comes_from_another_host(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf8")
        loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', text)
        assert not [url for url in loaded if "//" in url], page


def test_the_heavy_things_are_gone(site, lesson):
    names = {path.name for path in site.rglob("*")}
    assert not [n for n in names if "fontawesome" in n or n.startswith("fa-") or n == "vendor"]
    assert not [n for n in names if "mathjax" in n.lower() or n.endswith(".map")]
    for word in ("require.min.js", "html-manager", "MathJax", "bootstrap.js", "thebe"):
        assert word not in lesson


def test_everything_a_page_loads_is_there(site):
    for page in site.rglob("*.html"):
        urls = re.findall(
            r'(?:<script[^>]*src|<link[^>]*rel="stylesheet"[^>]*href)="([^"]+)"',
            page.read_text(encoding="utf8"),
        )
        assert urls or page.name == "index.html"
        missing = [u for u in urls if not (page.parent / u.partition("?")[0]).is_file()]
        assert not missing, page


def test_formulas_are_set_without_a_script(site, lesson):
    assert lesson.count('class="katex"') >= 2
    style = re.search(r'href="([^"]*bundle-\w+\.css)"', lesson)
    assert style is not None
    assert "KaTeX_Main" in (site / "book" / style[1]).read_text("utf8")


def test_pages_share_one_style_sheet(site, lesson):
    intro = (site / "book/intro.html").read_text(encoding="utf8")
    sheets = [re.findall(r'rel="stylesheet" href="([^"]*)"', page) for page in (intro, lesson)]
    assert sheets[0] == sheets[1][: len(sheets[0])], "a widget's own follows"
    assert len([name for name in sheets[0] if "noscript" not in name]) == 1


def test_widgets_are_mounted_by_a_module(site, lesson):
    assert 'data-genlab-widget="toy"' in lesson
    module = re.search(r'<script type="module"[^>]* src="([^"]*/site/page-\w+\.mjs)"', lesson)
    assert module is not None
    assert (site / "book" / module[1]).is_file()
    assert lesson.index('"genlab:missing"') < lesson.index('onerror="genlabMissing()"')
    assert "/page-" not in (site / "book/intro.html").read_text(encoding="utf8")


def test_a_claim_leads_to_its_entry_with_seeds_error_and_command(site, lesson):
    assert '<a class="gl-claim" href="claims.html#claim-lesson-gap">2.0 nats</a>' in lesson
    assert "Hard, about 30 minutes" in lesson
    ledger = (site / "book/claims.html").read_text("utf8")
    entry = ledger[ledger.index('id="claim-lesson-gap"') :]
    for said in ("A gap.", "Errors are over 5 seeds", "2.0 ± 0.5", "genlab claims lesson/gap"):
        assert said in re.sub(r"</?span[^>]*>", "", entry)


def test_the_time_it_takes_stands_under_the_title(site, lesson):
    assert re.search(r"</h1>\s*<p class=\"gl-runtime\">Runs in 3 s on one CPU thread", lesson)
    assert "gl-runtime" not in (site / "book/intro.html").read_text(encoding="utf8")


def test_a_notebook_page_links_to_its_notebook(site, lesson):
    assert (
        "https://colab.research.google.com/github/ada/course/blob/notebooks/lesson.ipynb" in lesson
    )
    assert "mybinder.org/v2/gh/ada/course/notebooks" in lesson
    assert "colab" not in (site / "book/intro.html").read_text(encoding="utf8")


def test_a_solution_folds_without_a_script(lesson):
    assert re.search(r'<details class="[^"]*gl-solution[^>]*>\s*<summary>Solution to', lesson)
    assert 'id="ex-count-solution"' in lesson
    ids = re.findall(r' id="([^"]+)"', lesson)
    assert len(ids) == len(set(ids))


def test_the_front_door_leads_to_the_first_page(site):
    text = (site / "index.html").read_text(encoding="utf8")
    (target,) = set(re.findall(r'href="([^"_]+\.html)"', text))
    assert (site / target).is_file()
    (icon,) = re.findall(r'rel="icon"[^>]*href="([^"]+)"', text)
    assert (site / icon).is_file()


def test_the_timings_are_written(site):
    assert '"book/lesson"' in (site.parent / "timings.json").read_text()


def test_faults_are_warnings_each_time(tmp_path, monkeypatch, capsys):
    """A kernel's widget, a broken formula; and the second build must not keep quiet about them."""
    root = make_course(tmp_path)
    write(root / "book/lesson.md", HEADER + FAULTY)
    view = {"text/plain": "IntSlider()", WIDGET_VIEW: {"model_id": "1"}}
    store(root, "book/lesson", nbformat.v4.new_output("display_data", data=view))
    monkeypatch.setattr(assets, "export_networks", lambda folder, cache: None)
    monkeypatch.setenv("GITHUB_REPOSITORY", "not a repository")
    for _ in range(2):
        assert build(root) == 1
        complaints = capsys.readouterr().err
        assert "lesson" in complaints
        assert "ipywidget that needs a kernel" in complaints
        assert "frac{1" in complaints
    assert "colab" not in (root / "_build/html/book/lesson.html").read_text(encoding="utf8")
