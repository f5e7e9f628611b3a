from types import SimpleNamespace

import pytest

from genlab.course.errors import CourseError
from genlab.course.repository import valid_repository
from genlab.sphinx.launch import binder_url, colab_url, launch_menu, write_address

PAGE = "book/latents/latent-space"
CLONE = "git clone https://github.com/OWNER/COURSE"


def test_colab_opens_the_notebook_on_its_branch():
    expected = (
        "https://colab.research.google.com/github/ada/course/blob/notebooks/"
        "latents/latent-space.ipynb"
    )
    assert colab_url("ada/course", PAGE) == expected


def test_binder_opens_the_notebook_on_its_branch():
    expected = (
        "https://mybinder.org/v2/gh/ada/course/notebooks"
        "?urlpath=lab%2Ftree%2Flatents%2Flatent-space.ipynb"
    )
    assert binder_url("ada/course", PAGE) == expected


def test_menu_offers_both():
    urls = [button["url"] for button in launch_menu("ada/course", PAGE)["buttons"]]
    assert urls == [colab_url("ada/course", PAGE), binder_url("ada/course", PAGE)]


@pytest.mark.parametrize("name", ["ada/course", "a/b", "A-1/x.y_z-0", "a" * 39 + "/" + "b" * 100])
def test_repositories_as_github_allows_them(name):
    assert valid_repository(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "course",
        "ada/",
        "/course",
        "ada/course/x",
        "-ada/course",
        "ada-/course",
        "a--b/course",
        "ada/..",
        "ada/.",
        "ada/course\n",
        "ada/co urse",
        'ada/"><script>',
        "https://github.com/ada/course",
        "a" * 40 + "/b",
        "ädä/course",
    ],
)
def test_anything_else_is_refused(name):
    assert not valid_repository(name)
    with pytest.raises(CourseError, match="expected owner/name"):
        colab_url(name, PAGE)
    with pytest.raises(CourseError, match="expected owner/name"):
        binder_url(name, PAGE)


@pytest.mark.parametrize(
    ("repository", "written"),
    [("ada/course", "git clone https://github.com/ada/course"), ("", CLONE)],
)
def test_a_page_tells_the_address_of_the_repository_where_it_is_known(repository, written):
    source = [CLONE]
    write_address(SimpleNamespace(config=SimpleNamespace(genlab_repository=repository)), "", source)
    assert source == [written]
