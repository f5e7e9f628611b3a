"""Benchmarks: two things compared in one run, reported as a ratio. `make bench` runs them."""

import sys
from pathlib import Path

# The browser, the server and the widgets by their roles (`kit`) are those of the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests/site"))
