"""The course's own ledger: each record has its measurement, and each order its error."""

from pathlib import Path

import pytest

from genlab.claims.ledger import read_ledger, unmet_orders
from genlab.claims.registry import measurements
from genlab.course.pages.source import read_pages

ROOT = Path(__file__).parents[2]
ENTRIES = read_ledger(ROOT)


def test_each_measurement_is_recorded_and_each_record_can_be_measured_again():
    drafts = {page.path.stem for page in read_pages(ROOT) if page.draft}
    # A draft's are recorded one after the other, as they are measured.
    wanted = [n for n, one in measurements().items() if one.page not in drafts or n in ENTRIES]
    assert list(ENTRIES) == wanted


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_a_record_says_what_its_measurement_says(entry):
    known = measurements()[entry.name]
    assert (entry.what, entry.over, entry.command, entry.orders) == (
        known.what,
        known.over,
        known.command,
        known.orders,
    )


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_no_order_rests_on_a_difference_within_its_error(entry):
    assert unmet_orders(entry) == []
