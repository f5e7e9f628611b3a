"""The photographs: which there are, their sizes and ranges, and what is said of bad input."""

import pytest
import torch

from genlab.photos import PHOTOS, TEST_PHOTOS, TRAINING_PHOTOS, load_crops, load_photo

# (H, W), cut to whole blocks, and the sum of the bytes: the same on every machine.
EXPECTED = {
    "astronaut": ((512, 512), 90_124_324),
    "chelsea": ((296, 448), 45_729_701),
    "coffee": ((400, 600), 71_003_487),
}


@pytest.mark.parametrize("name", PHOTOS)
def test_every_photograph_is_in_colour_in_whole_blocks_and_licensed(name):
    photo = load_photo(name)
    assert photo.shape[0] == 3 and photo.dtype == torch.float32
    assert photo.shape[1] % 8 == photo.shape[2] % 8 == 0
    assert 0 <= photo.min() < photo.max() <= 1
    assert not torch.equal(photo[0], photo[1])
    assert PHOTOS[name].licence


@pytest.mark.parametrize("name", EXPECTED)
def test_a_photograph_is_the_same_everywhere(name):
    shape, ink = EXPECTED[name]
    photo = load_photo(name)
    assert tuple(photo.shape[1:]) == shape
    assert int((photo * 255).round().double().sum()) == ink


def test_no_photograph_is_trained_on_and_tested():
    assert not set(TRAINING_PHOTOS) & set(TEST_PHOTOS)
    assert {*TRAINING_PHOTOS, *TEST_PHOTOS} == set(PHOTOS)


def test_crops_are_reproducible_pieces_of_each_training_photograph():
    crops = load_crops(per_photo=3, size=32, seed=1)
    assert crops.shape == (15, 3, 32, 32)
    assert torch.equal(crops, load_crops(per_photo=3, size=32, seed=1))
    assert not torch.equal(crops, load_crops(per_photo=3, size=32, seed=2))


def test_what_does_not_exist_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="no photograph 'dog'; there are: astronaut"):
        load_photo("dog")
    for wrong in ({"per_photo": 0}, {"size": 60}, {"size": 216}, {"size": 0}):
        with pytest.raises(ValueError, match=r"expected 1 or more, and a multiple of 8"):
            load_crops(**wrong)
