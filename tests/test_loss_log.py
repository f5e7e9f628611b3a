"""The losses of a run, which outlive an interruption."""

from genlab.recipes.run import LossLog


def test_losses_are_means_of_equal_parts(tmp_path):
    log = LossLog(tmp_path / "run.losses")
    for step in range(1, 101):
        log.add(step, float(step))
    assert log.parts(100, 4) == [13.0, 38.0, 63.0, 88.0]


def test_an_interrupted_run_goes_on_where_it_was(tmp_path):
    first = LossLog(tmp_path / "run.losses")
    for step in range(1, 61):
        first.add(step, 1.0)
    second = LossLog(tmp_path / "run.losses")
    for step in range(51, 101):  # the last ten steps were not saved, and are run again
        second.add(step, 3.0)
    assert second.parts(100, 2) == [1.0, 3.0]


def test_parts_of_which_nothing_is_known_are_left_out(tmp_path):
    log = LossLog(tmp_path / "run.losses")
    log.add(100, 2.0)
    assert log.parts(100, 10) == [2.0]
