"""What figures on pages draw of the records."""

import ast
from pathlib import Path

import pytest

from genlab.claims import sampling, vision
from genlab.claims.ledger import Entry, read_ledger
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
    assert sampling.curves(ledger) == {
        "DDPM": {5: (12.3, 0.988), 1000: (3.46, 0.1)},
        "DDIM": {},
        "DPM-Solver++": {},
        "as a flow": {},
        "unet-flow": {100: (2.0, 0.1)},
    }


def test_curves_hold_each_network_by_its_digits():
    values = {
        f"{name}_{size}": Measured(90 + size / 1000, 0.12345, 3)
        for name in vision.CURVES
        for size in vision.SIZES
    }
    found = vision.curves({"vision-transformers/data": entry("vision-transformers/data", values)})
    assert set(found) == set(vision.CURVES.values())
    assert found["ViT"] == {
        250: (90.2, 0.123),
        500: (90.5, 0.123),
        1000: (91.0, 0.123),
        2000: (92.0, 0.123),
        4000: (94.0, 0.123),
    }


@pytest.mark.parametrize(
    ("page", "curves"),
    [
        ("diffusion/sampling", sampling.curves),
        ("transformers/vision-transformers", vision.curves),
    ],
)
def test_the_page_draws_what_the_records_hold(page, curves):
    text = (ROOT / f"book/{page}.md").read_text("utf-8")
    cell = text.partition("curves: dict[str, dict[int, tuple[float, float]]] = ")[2]
    drawn = ast.literal_eval(cell.partition("\n```")[0])
    assert drawn == curves(read_ledger(ROOT))
