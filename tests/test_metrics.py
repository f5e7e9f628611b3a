"""The yardstick: against closed forms, and against copies and noise."""

import numpy as np
import pytest
import torch

from genlab import metrics
from genlab.data import load_digits


def test_frechet_distance_of_gaussians_in_closed_form():
    # With diagonal covariances the distance is |m_a - m_b|^2 + |s_a - s_b|^2. Whitening makes
    # samples whose mean and covariance are exact.
    rng = np.random.default_rng(0)
    white = rng.standard_normal((400, 3))
    white -= white.mean(axis=0)
    white = white @ np.linalg.inv(np.linalg.cholesky(np.cov(white, rowvar=False))).T
    s_a, s_b, shift = np.array([1.0, 2.0, 0.5]), np.array([0.3, 2.0, 4.0]), np.array([1.0, -2.0, 0])
    distance = metrics.frechet_distance(white * s_a, white * s_b + shift)
    assert abs(distance - ((s_a - s_b) ** 2).sum() - (shift**2).sum()) < 1e-9


def test_frechet_distance_to_itself_is_zero_and_symmetric():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((50, 8)), rng.standard_normal((60, 8)) * 2
    assert abs(metrics.frechet_distance(a, a)) < 1e-9
    assert abs(metrics.frechet_distance(a, b) - metrics.frechet_distance(b, a)) < 1e-9


def test_frechet_distance_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"\(5, 3\) and \(5, 4\)"):
        metrics.frechet_distance(np.zeros((5, 3)), np.zeros((5, 4)))


def test_digit_fid_orders_real_digits_before_blurred_before_noise(rng):
    test = load_digits("test").images
    blurred = torch.nn.functional.avg_pool2d(test, 5, stride=1, padding=2)
    noise = torch.rand(500, 1, 28, 28, generator=rng)
    floor, of_blurred, of_noise = (metrics.digit_fid(x) for x in (test, blurred, noise))
    assert floor == metrics.digit_fid_floor()
    assert floor < of_blurred < of_noise


def test_copied_training_digits_score_below_the_floor_and_are_caught():
    copies = load_digits("train").subset(500).images
    quality = metrics.quality([copies])
    fid, floor = quality.first.fid.mean, quality.first.floor
    assert fid < floor
    assert abs(quality.first.ratio.mean - fid / floor) < 1e-12
    assert quality.copy_ratio.mean < 0.01


def test_test_digits_are_no_copies_and_evenly_shared():
    quality = metrics.quality([load_digits("test").images])
    assert abs(quality.copy_ratio.mean - 1) < 1e-6
    assert abs(sum(quality.first.class_shares) - 1) < 1e-6
    assert all(0.08 < share < 0.12 for share in quality.first.class_shares)


def test_digit_fid_needs_500_images():
    with pytest.raises(ValueError, match="got 16 images; digit-FID is defined for 500"):
        metrics.digit_fid(load_digits("test").images[:16])


def test_features_refuse_images_in_another_range():
    with pytest.raises(ValueError, match=r"expected \[0, 1\]"):
        metrics.features(load_digits("test").images * 2 - 1)


def test_nearest_distances_by_hand():
    a = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    b = torch.tensor([[0.0, 1.0], [3.0, 0.0]])
    assert metrics.nearest_distances(a, b).tolist() == [1.0, 4.0]


def test_the_kernel_distance_has_no_bias():
    rng = np.random.default_rng(0)
    same = [
        metrics.kernel_distance(rng.standard_normal((60, 8)), rng.standard_normal((90, 8)))
        for _ in range(200)
    ]
    error = np.std(same, ddof=1) / np.sqrt(len(same))
    assert abs(np.mean(same)) < 3 * error
    assert min(same) < 0 < max(same)


def test_the_kernel_distance_is_the_mean_over_pairs():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((5, 3)), rng.standard_normal((4, 3)) + 1

    def k(x, y):
        return (x @ y / 3 + 1) ** 3

    within_a = np.mean([k(a[i], a[j]) for i in range(5) for j in range(5) if i != j])
    within_b = np.mean([k(b[i], b[j]) for i in range(4) for j in range(4) if i != j])
    between = np.mean([k(x, y) for x in a for y in b])
    expected = within_a + within_b - 2 * between
    assert abs(metrics.kernel_distance(a, b) - expected) < 1e-12


def test_the_kernel_distance_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"\(5, 3\) and \(1, 3\)"):
        metrics.kernel_distance(np.zeros((5, 3)), np.zeros((1, 3)))


@pytest.mark.parametrize("judge", metrics.CLASSIFIERS)
def test_a_perfect_sampler_lies_above_the_floor_and_below_all_else(judge):
    perfect, floor = metrics.perfect_sampler(judge), metrics.digit_fid_floor(judge)
    assert perfect.mean - 2 * perfect.error > floor
    blurred = torch.nn.functional.avg_pool2d(load_digits("test").images, 3, stride=1, padding=1)
    assert perfect.mean + 2 * perfect.error < metrics.digit_fid(blurred, judge)


def test_quality_is_that_of_its_sets_and_goes_through_a_card():
    test, train = load_digits("test").images, load_digits("train")
    sets = [test, train.subset(500, seed=1).images]
    quality = metrics.quality(sets)
    for judge, judgement in quality.judgements.items():
        fids = [metrics.digit_fid(images, judge) for images in sets]
        assert judgement.fid == metrics.quality(sets).judgements[judge].fid
        assert abs(judgement.fid.mean - sum(fids) / 2) < 1e-9
        assert judgement.fid.n == 2
        assert abs(sum(judgement.class_shares) - 1) < 1e-6
    back = metrics.Quality.from_card(quality.as_card())
    assert back.first.fid.mean == pytest.approx(quality.first.fid.mean, rel=1e-4)
    assert back.as_card() == quality.as_card()


def test_quality_needs_sets_of_500():
    with pytest.raises(ValueError, match="got no sets of samples"):
        metrics.quality([])
    with pytest.raises(ValueError, match="got 16 images"):
        metrics.quality([load_digits("test").images[:16]])


def test_an_unknown_classifier_is_named():
    with pytest.raises(ValueError, match="classifier is 'inception'; expected one of"):
        metrics.digit_fid(load_digits("test").images, "inception")
