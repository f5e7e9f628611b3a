"""What the figure on the page about sampling draws of the records."""

import ast
from pathlib import Path

from genlab.claims.ledger import Entry, read_ledger
from genlab.claims.sampling import curves
from genlab.measured import Measured

ROOT = Path(__file__).parents[2]


def entry(name, values):
    return Entry(name, "what", "five sampling seeds", "", 1, (), values)


def test_curves_hold_each_sampler_by_its_steps():
    few = {
        "ddpm_5_first": Measured(12.3456, 0.98765, 5),
        "ddpm_5_second": Measured(1.0, 0.1, 5),
        "ddpm_minus_ddim_5_first": Measured(3.0, 0.1, 5),
        "flow_100_first": Measured(2.0, 0.1, 5),
    }
    many = {"ddpm_1000_first": Measured(3.456, 0.1, 3)}
    ledger = {
        "sampling/steps": entry("sampling/steps", few),
        "sampling/many-steps": entry("sampling/many-steps", many),
    }
    assert curves(ledger) == {
        "DDPM": {5: (12.3, 0.988), 1000: (3.46, 0.1)},
        "DDIM": {},
        "DPM-Solver++": {},
        "as a flow": {},
        "unet-flow": {100: (2.0, 0.1)},
    }


def test_the_page_draws_what_the_records_hold():
    page = (ROOT / "book/diffusion/sampling.md").read_text("utf-8")
    cell = page.partition("curves: dict[str, dict[int, tuple[float, float]]] = ")[2]
    drawn = ast.literal_eval(cell.partition("\n```")[0])
    assert drawn == curves(read_ledger(ROOT))
