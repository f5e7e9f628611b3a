"""The digits: sizes, split, ranges, and what is said of bad input."""

import sys

import pytest
import torch

from genlab.data import EMBEDDED_SIZES, check_images, load_digits
from genlab.widgets import TimestepScrubber

EXPECTED_INK = {"train": 105188433, "validation": 13070646, "test": 13008023}
EXPECTED_LABELS = [4, 2, 5, 3, 2, 8, 3, 1, 6, 5]


@pytest.mark.parametrize(("split", "size"), EMBEDDED_SIZES.items())
def test_splits_are_stratified_float_images_in_the_unit_range(split, size):
    digits = load_digits(split)
    assert digits.images.shape == (size, 1, 28, 28)
    assert digits.images.dtype == torch.float32
    assert digits.labels.dtype == torch.int64
    assert (digits.images.min(), digits.images.max()) == (0, 1)
    assert torch.bincount(digits.labels).tolist() == [size // 10] * 10


def test_no_image_is_in_two_splits():
    images = torch.cat([load_digits(split).images.flatten(1) for split in EMBEDDED_SIZES])
    assert len(images.unique(dim=0)) == len(images)


def test_the_split_is_the_same_everywhere():
    # Sums of whole grey values are exact, so these figures hold on every processor.
    ink = {
        split: int((load_digits(split).images * 255).round().double().sum())
        for split in EMBEDDED_SIZES
    }
    assert ink == EXPECTED_INK
    assert load_digits("test").labels[:10].tolist() == EXPECTED_LABELS


def test_most_pixels_are_paper():
    assert (load_digits("train").images == 0).float().mean() > 0.75


def test_subset_is_balanced_and_reproducible():
    train = load_digits("train")
    few = train.subset(250, seed=3)
    assert torch.bincount(few.labels).tolist() == [25] * 10
    assert torch.equal(few.images, train.subset(250, seed=3).images)
    assert not torch.equal(few.images, train.subset(250, seed=4).images)


def test_of_class_returns_only_that_digit():
    assert len(load_digits("test").of_class(7)) == 50


@pytest.mark.parametrize("split", EMBEDDED_SIZES)
def test_what_a_reader_does_in_place_reaches_nobody_else(split):
    digits = load_digits(split)
    before = digits.images.clone(), digits.labels.clone()
    digits.images.mul_(2)
    digits.labels.zero_()
    again = load_digits(split)
    assert torch.equal(again.images, before[0])
    assert torch.equal(again.labels, before[1])


def test_a_widget_shows_the_digits_as_they_are_whatever_was_done_to_them():
    before = TimestepScrubber()
    for split in ("train", "test"):
        load_digits(split).images.mul_(2)
    after = TimestepScrubber()
    assert (after.samples, after.mean) == (before.samples, before.mean)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: load_digits("dev"), "split is 'dev'; expected one of train, validation, test"),
        (lambda: load_digits(source="disk"), "source is 'disk'; expected one of embedded, hub"),
        (lambda: load_digits().of_class(10), "digit is 10; expected a whole number from 0 to 9"),
        (lambda: load_digits().subset(7), "size is 7; expected a multiple of 10"),
        (lambda: load_digits().subset(5000), "size is 5000; expected a multiple of 10 from 10"),
    ],
)
def test_bad_requests_name_what_came_and_what_is_expected(call, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        call()


def test_the_hub_without_network_points_to_the_embedded_digits(monkeypatch):
    class NoNetwork:
        @staticmethod
        def load_dataset(*_args, **_kwargs):
            raise ConnectionError("no route to host")

    monkeypatch.setitem(sys.modules, "datasets", NoNetwork)
    with pytest.raises(RuntimeError, match=r"ConnectionError.*source=\"embedded\""):
        load_digits(source="hub")


def test_the_hub_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(RuntimeError, match="pip install datasets"):
        load_digits(source="hub")


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (torch.zeros(2, 28, 28), ValueError, r"shape \(2, 28, 28\); expected \(N, 1, 28, 28\)"),
        (torch.zeros(0, 1, 28, 28), ValueError, "N >= 1"),
        (torch.zeros(2, 1, 28, 28).double(), TypeError, "torch.float64; expected a torch.float32"),
        (torch.full((1, 1, 28, 28), 255.0), ValueError, r"from 255 to 255; expected \[0, 1\]"),
        (torch.full((1, 1, 28, 28), float("nan")), ValueError, "nan"),
        ([0.0], TypeError, "list; expected a torch.float32 tensor"),
    ],
)
def test_images_are_checked_at_the_boundary(images, error, message):
    with pytest.raises(error, match=message):
        check_images(images)
