"""Measurements are recorded whole, one page a file, and orders need their errors."""

import json

import pytest

from genlab.claims import ledger
from genlab.claims.registry import Measurement, measurement
from genlab.measured import Measured


def measuring(name="page/one", values=None, orders=()):
    values = {"gap": Measured(2.0, 0.5, 5)} if values is None else values
    return Measurement(name, lambda: values, "What it is.", "five seeds", orders)


def record(root, *known, names=()):
    return list(ledger.record(list(names), root, {m.name: m for m in known}))


def test_a_record_is_read_as_it_was_written(tmp_path):
    values = {"gap": Measured(2.000004, 0.5, 5), "count": 7.0}
    record(tmp_path, measuring(values=values, orders=("gap",)), measuring("page/two"))
    entries = ledger.read_ledger(tmp_path)
    assert list(entries) == ["page/one", "page/two"]
    one = entries["page/one"]
    assert one.values == {"gap": Measured(2.0, 0.5, 5), "count": Measured(7.0)}
    assert (one.what, one.over, one.orders) == ("What it is.", "five seeds", ("gap",))
    assert one.command == "genlab claims page/one"


def test_one_measured_anew_leaves_the_others(tmp_path):
    record(tmp_path, measuring(), measuring("page/two"), measuring("other/one"))
    again = measuring(values={"gap": Measured(3.0, 0.1, 5)})
    record(tmp_path, again, measuring("page/two", values={"x": 1.0}), names=["page/one"])
    entries = ledger.read_ledger(tmp_path)
    assert entries["page/one"].values["gap"].mean == 3.0
    assert "gap" in entries["page/two"].values
    assert sorted(path.name for path in (tmp_path / "claims").iterdir()) == [
        "other.json",
        "page.json",
    ]


@pytest.mark.parametrize("value", [Measured(1.0, 0.6, 5), Measured(1.0), Measured(-2.0, 0.1, 5)])
def test_an_order_within_its_error_is_not_recorded(tmp_path, value):
    with pytest.raises(ledger.LedgerError, match="do not claim this order"):
        record(tmp_path, measuring(values={"gap": value}, orders=("gap",)))
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(
    ("known", "names", "message"),
    [
        (measuring(), ["page/none"], "no measurement 'page/none'; there are: page/one"),
        (measuring(orders=("rise",)), [], "gave no 'rise'"),
        (measuring(values={"The gap": 1.0}), [], "gave 'The gap'; a value is named like"),
        (measuring(values={"gap": float("nan")}), [], "finite numbers"),
    ],
)
def test_what_cannot_be_recorded_is_said(tmp_path, known, names, message):
    with pytest.raises(ValueError, match=message):
        record(tmp_path, known, names=names)


@pytest.mark.parametrize("text", ["[]", "{", '{"a/b": {"values": {"x": {"mean": "no"}}}}'])
def test_a_damaged_record_is_named(tmp_path, text):
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "page.json").write_text(text)
    with pytest.raises(ledger.LedgerError, match=r"page\.json is no record of claims"):
        ledger.read_ledger(tmp_path)


@pytest.mark.parametrize(("name", "over"), [("Page/one", "x"), ("page", "x"), ("page/new", "")])
def test_a_measurement_says_what_and_over_what(name, over):
    with pytest.raises(ValueError, match="the measurement"):

        @measurement(name, over)
        def unnamed():
            """Something."""


def test_records_are_plain_json(tmp_path):
    record(tmp_path, measuring())
    text = (tmp_path / "claims" / "page.json").read_text("utf-8")
    assert json.loads(text)["page/one"]["values"] == {"gap": {"mean": 2.0, "error": 0.5, "n": 5}}
