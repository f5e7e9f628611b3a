"""The explorer's place in the address: mirrored, restored, and nonsense refused."""

from typing import Any
from urllib.parse import quote

import pytest
from kit.explorer import Explorer
from kit.watch import Watch
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.site

PAGE = "book/latents/latent-space"
LIGHT_PAGE = "book/intro"  # its explorer has one map


def test_a_link_restores_the_position(open_page: Any) -> None:
    explorer = Explorer(open_page(PAGE, "?latent-explorer-1=z0:1.2,z1:-0.4"))
    explorer.expect_state("ready")
    explorer.expect_point(0, (1.2, -0.4), atol=1e-9)
    explorer.expect_picture_of((1.2, -0.4))


def test_a_link_may_place_the_second_map(open_page: Any) -> None:
    explorer = Explorer(open_page(PAGE, "?latent-explorer-1=right_z1:0.5,right_z0:-.25"))
    explorer.expect_state("ready")
    explorer.expect_point(1, (-0.25, 0.5), atol=1e-9)
    explorer.expect_picture_of((-0.25, 0.5), 1)


def test_the_address_follows_and_the_page_comes_back_the_same(open_page: Any) -> None:
    page: Page = open_page(PAGE, "?from=home#summary")
    explorer = Explorer(page)
    length = page.evaluate("history.length")
    explorer.press(0, "Home", "Shift+ArrowRight", "ArrowUp")
    explorer.press(1, "Home", "ArrowLeft")
    explorer.expect_state("ready")
    values = explorer.expect_mirrored()
    explorer.expect_picture_of((values["z0"], values["z1"]))
    said = explorer.said
    assert "from=home" in page.url and page.url.endswith("#summary"), page.url
    assert page.evaluate("history.length") == length, "each move is a step back"
    page.reload()
    explorer = Explorer(page)
    explorer.expect_state("ready")
    expect(explorer.status).to_have_text(said)
    for index, keys in enumerate([("z0", "z1"), ("right_z0", "right_z1")]):
        explorer.expect_picture_of([values[key] for key in keys], index)


SCRIPT = "<img src=x onerror=window.intruder=1>"
NONSENSE = [
    "z0:abc",
    "z0:1e99",
    "z0:NaN",
    "z0:Infinity",
    "z0:-1000",
    "z0:",
    "z0",
    "",
    "z2:1",
    "right_z0:1",
    "__proto__:1",
    "names:1",
    "z0:1,z1:oops",
    "%%%",
    "\u0000\u202e",
    "z" * 3000,
    f"z0:{SCRIPT}",
    f"{SCRIPT}:1",
    "</script><script>window.intruder=1</script>",
]


@pytest.fixture(scope="module")
def start(browser: Any, site: str) -> tuple[str, list]:
    """What the explorer says and shows where the address says nothing."""
    page = browser.new_page()
    page.goto(f"{site}{LIGHT_PAGE}.html")
    explorer = Explorer(page)
    found = explorer.said, explorer.pixels().tolist()
    page.close()
    return found


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value[:24]))
def test_nonsense_gives_a_message_and_the_start(
    open_page: Any, watch: Watch, start: tuple[str, list], value: str
) -> None:
    safe = value if value == "%%%" else quote(value, safe=":,")
    page: Page = open_page(LIGHT_PAGE, f"?latent-explorer-1={safe}")
    explorer = Explorer(page)
    said, picture = start
    expect(explorer.status).to_contain_text("which is not understood: expected ")
    message = explorer.said.removesuffix(said)
    assert message != explorer.said, f"not the start: {explorer.said!r}"
    assert len(message) < 400, f"a message of {len(message)} letters: {message[:200]}..."
    explorer.expect_state("idle")
    assert explorer.pixels().tolist() == picture
    assert page.evaluate("window.intruder") is None, "the address brought in a script"
    assert explorer.status.locator("*").count() == 0, "the address brought in an element"
    assert not watch.urls(".onnx")


def test_nonsense_names_what_came_and_what_is_expected(open_page: Any) -> None:
    explorer = Explorer(open_page(PAGE, "?latent-explorer-1=z0:1.2,z1:oops"))
    _, _, bottom, top = explorer.extent(0)
    expect(explorer.status).to_contain_text('"z1:oops"')
    expect(explorer.status).to_contain_text(f"a number from {bottom:g} to {top:g}")


def test_after_nonsense_it_works_and_the_address_is_sound_again(open_page: Any) -> None:
    explorer = Explorer(open_page(PAGE, "?latent-explorer-1=z0:abc"))
    explorer.wake()
    expect(explorer.status).not_to_contain_text("abc")
    assert set(explorer.expect_mirrored()) == {"z0", "z1", "right_z0", "right_z1"}
    assert "abc" not in explorer.page.url


def test_what_is_meant_for_nobody_is_left_alone(open_page: Any, start: tuple[str, list]) -> None:
    explorer = Explorer(open_page(LIGHT_PAGE, "?latent-explorer-7=z0:abc&x&=&%E0%A4%A=1"))
    explorer.expect_state("idle")
    assert explorer.said == start[0]
