"""What Lighthouse says of every page, with a phone's settings: `python -m benchmarks lighthouse`.

Performance, accessibility, best practices, search, and the layout's shift, beside their aims; by
a server that packs files, as hosts do. Performance is the median of three runs: it varies by 5.
Nothing fails here. Lighthouse is run by `npx`, which fetches it the first time: it is no
dependency.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from kit.browser import executable
from kit.places import SITE, lessons
from kit.server import PackingHandler, serve

LIGHTHOUSE = "lighthouse@12.8"  # the last that runs on Node 20
RUNS = 3
AIMS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
SHIFT = "cumulative-layout-shift"


def main() -> None:
    """Print a line a page."""
    print(f"{'page':36}", *(f"{name:>15}" for name in [*AIMS, "layout shift"]))
    print(f"{'aim':36}", *(f"{aim:>15}" for aim in [*AIMS.values(), 0.02]))
    with serve(SITE, PackingHandler) as site:
        for name in lessons():
            print(f"{name:36}", *(f"{value:>15}" for value in measured(f"{site}{name}.html")))


def measured(address: str) -> list[str]:
    """The scores of one page and its shift, of the middle of some runs; dashes if one failed."""
    reports = [report_of(address) for _ in range(RUNS)]
    if not all(reports):
        return ["-"] * (len(AIMS) + 1)
    return scores(sorted(reports, key=speed)[RUNS // 2])


def speed(report: dict) -> float:
    """The score for performance, 0 if there is none."""
    return report["categories"]["performance"]["score"] or 0


def report_of(address: str) -> dict:
    """What Lighthouse says of a page in one run; empty if it did not run through."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json"]
        command += [f"--output-path={path}", f"--only-categories={','.join(AIMS)}"]
        command += ["--form-factor=mobile", "--chrome-flags=--headless --no-sandbox"]
        environment = {**os.environ, "CHROME_PATH": executable()}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode or not path.is_file():
            print(done.stderr.strip()[-400:], file=sys.stderr)
            return {}
        return json.loads(path.read_text(encoding="utf8"))


def scores(report: dict) -> list[str]:
    """What of a report is of interest."""
    each = [report["categories"][name]["score"] for name in AIMS]
    return [
        *("-" if score is None else f"{100 * score:.0f}" for score in each),
        f"{report['audits'][SHIFT].get('numericValue', 0):.3f}",
    ]
