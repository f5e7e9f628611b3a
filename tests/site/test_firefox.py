"""Every widget answers in Firefox too: one path each, through WebDriver BiDi."""

import json
import subprocess

import pytest
from kit.compare import Compare
from kit.patches import Patches
from kit.places import FIND_BROWSER, ROOT
from kit.player import Player
from kit.table import WIDGETS
from kit.tokens import Tokens
from kit.wall import Wall

pytestmark = pytest.mark.site

PATHS = ROOT / "tests/site/firefox.mjs"


@pytest.fixture(scope="module")
def firefox() -> str:
    """Firefox on this machine; the script installs one or says what to do."""
    command = ["bash", str(FIND_BROWSER), "firefox"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.split("\n")[0]


def test_every_widget_answers_in_firefox(site: str, firefox: str) -> None:
    at_the_end = dict.fromkeys((Wall, Player, Compare, Patches), "ArrowLeft")
    keys = {Tokens: "n", **at_the_end}
    rows = [
        {"widget": kind.name, "page": kind.home, "key": keys.get(kind, "ArrowRight")}
        for kind in WIDGETS
    ]
    command = ["node", str(PATHS), site, firefox, json.dumps(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    walked = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["widget"] for row in walked] == [kind.name for kind in WIDGETS]
    bad = [f"{row['widget']}: {fault}" for row in walked for fault in row["faults"]]
    assert not bad, "\n  ".join(["in Firefox:", *bad])
