"""How long from the first touch of a widget to its answer: `make bench NAME=loading BEFORE=COMMIT`.

Each widget that runs networks, on its page, in a fresh browser context, at 10 Mbit/s and 40 ms and
with the packing of a usual host, in four ways:

a: 8 s at the top, scrolled to the widget, 3 s beside it, then touched;
b: touched as soon as it is alive;
c: likewise, without a limit to the line;
d: likewise, as the second page of a visit whose first had been read for a while.

With BEFORE the site of that commit, which is built once, or that of a folder, takes its turns in
the same run, and ratios are printed too. Nothing fails here: machines differ.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.browser import launched
from kit.places import ROOT, SITE
from kit.table import WITH_NETWORKS
from kit.waiting import eventually, stir
from kit.widget import WidgetOnPage
from playwright.sync_api import Locator, Page

from benchmarks.line import Line, served

RATE, LATENCY = 10_000_000 / 8, 0.040  # 10 Mbit/s in bytes a second; seconds
AIMS = {"a": "0.3 s", "b": "bytes / bandwidth + 1.0 s", "c": "1.0 s", "d": "0.5 s"}
FIRST_PAGE = "book/intro"
BUILDS = ROOT / "_build/before"  # sites of earlier commits, kept

# The first touch is an event of the page's own: no time of the driver counts.
WATCH = """(root) => {
  const states = (window.states = []);
  const touched = () => {
    states.push(["touch", performance.now()]);
    new MutationObserver(() => states.push([root.dataset.state, performance.now()]))
      .observe(root, { attributeFilter: ["data-state"] });
  };
  for (const event of ["keydown", "input"])
    root.addEventListener(event, touched, { once: true, capture: true });
}"""
ANSWERED = "() => (window.states ?? []).some(([state]) => state === 'ready' || state === 'error')"


@dataclass
class Touch:
    """From the first touch to the first answer.

    Attributes:
        seconds: between both.
        bytes: what came over the line meanwhile.
        total: and of the whole page, up to the answer.
    """

    seconds: float
    bytes: int
    total: int


def touch(page: Any, kind: type[WidgetOnPage], line: Line) -> Touch:
    """Touch a widget, and wait for its answer."""
    widget = kind(page)
    widget.root.evaluate(WATCH)
    before = line.bytes
    widget.touch()
    page.wait_for_function(ANSWERED)
    (_, begun), *states = page.evaluate("window.states")
    state, ended = next(one for one in states if one[0] in ("ready", "error"))
    if state == "error":
        raise RuntimeError(f"{kind.name} says {widget.said!r}")
    return Touch((ended - begun) / 1000, line.bytes - before, line.bytes)


def alive(page: Page, root: Locator) -> bool:
    """Whether it is, with a reader at the page: a widget that is far from the screen waits."""
    stir(page)
    return root.locator("[role=status]").is_visible()


def visit(browser: Any, site: Path, kind: type[WidgetOnPage], way: str) -> Touch:
    """Open a widget's page in one of the four ways and touch it."""
    line = Line() if way == "c" else Line(RATE, LATENCY)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    with served(site, line) as address:
        if way == "d":
            page.goto(f"{address}{FIRST_PAGE}.html")
            page.wait_for_timeout(12_000)
            line.bytes = 0
        page.goto(f"{address}{kind.home}.html", wait_until="load" if way == "a" else "commit")
        root = page.locator(kind.selector()).first
        eventually(lambda: alive(page, root), lambda: f"{kind.name} is not alive", page)
        if way == "a":
            page.wait_for_timeout(8_000)
            root.scroll_into_view_if_needed()
            page.wait_for_timeout(3_000)
        result = touch(page, kind, line)
        context.close()
    return result


def earlier_site(before: str) -> Path:
    """The built site of a commit, or a folder with one.

    A commit's is built in a worktree below `_build/before`, once.
    """
    if Path(before, "index.html").is_file():
        return Path(before)
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.check_output([*git, "rev-parse", f"{before}^{{commit}}"], text=True).strip()
    place = BUILDS / commit[:12]
    site = place / "_build/html"
    if (site / "index.html").is_file():
        return site
    if not place.is_dir():
        subprocess.run([*git, "worktree", "add", "--detach", str(place), commit], check=True)
    print(f"building the site of {commit[:12]} in {place}, once", flush=True)
    packages = place / "node_modules"
    if not packages.exists():
        packages.symlink_to(ROOT / "node_modules")
    environment = {**os.environ, "PYTHONPATH": str(place / "src")}
    command = [sys.executable, "-c", "from genlab.course.cli import app; app()", "book"]
    subprocess.run(command, cwd=place, env=environment, check=True)
    return site


def row(way: str, kind: type[WidgetOnPage], touches: list[Touch]) -> str:
    """One line of the table: this site first, the earlier one behind."""
    now, *before = touches
    line = f"{way}  {kind.name:<20} {now.seconds:6.2f} s  {now.bytes / 1e6:5.2f} MB"
    line += f" of {now.total / 1e6:5.2f}"
    if way == "b":
        line += f"  limit by bytes {now.bytes / RATE:5.2f} s"
    for earlier in before:
        line += f"   before {earlier.seconds:6.2f} s  {earlier.bytes / 1e6:5.2f} MB"
        line += f"  ratio {earlier.seconds / max(now.seconds, 0.001):5.1f}"
    return line


def main() -> None:
    """Print a table of seconds and bytes."""
    sites = [SITE]
    if before := os.environ.get("BEFORE"):
        sites.append(earlier_site(before))
    if missing := [site for site in sites if not (site / "index.html").is_file()]:
        sys.exit(f"There is no site in {missing[0]}: run `make book` first.")
    only = os.environ.get("WIDGETS", "").split()
    kinds = [kind for kind in WITH_NETWORKS if not only or kind.name in only]
    with launched() as browser:
        for way in os.environ.get("WAYS", "abcd"):
            print(f"-- {way}, aim {AIMS[way]}")
            for kind in kinds:
                touches = [visit(browser, site, kind, way) for site in sites]
                print(row(way, kind, touches), flush=True)
