"""What a picture costs in bytes, against the file itself and scikit-image's PSNR."""

import io
import zlib

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from genlab.compression import jpeg, jpeg_at, packed_bytes, psnr, to_bytes
from genlab.photos import load_photo


@pytest.fixture(scope="module")
def photo():
    return load_photo("chelsea")[:, 96:224, 96:224].contiguous()


def test_psnr_is_that_of_scikit_image(photo, rng):
    noisy = photo + 0.05 * torch.randn(photo.shape, generator=rng)
    reference = peak_signal_noise_ratio(to_bytes(photo), to_bytes(noisy))
    assert psnr(noisy, photo) == pytest.approx(reference, abs=1e-9)
    assert psnr(photo, photo) == 100


def test_jpeg_counts_the_file_without_its_header(photo):
    size, again = jpeg(photo, 50)
    file = io.BytesIO()
    image = Image.fromarray(to_bytes(photo))
    image.save(file, "JPEG", quality=50, optimize=True, subsampling="4:2:0")
    header = len(file.getvalue()) - size
    assert 200 < header < 700
    # What is counted begins where the header of the scan ends: 12 bytes for three components.
    assert file.getvalue()[header - 14 : header - 12] == b"\xff\xda"
    assert again.shape == photo.shape
    assert 25 < psnr(again, photo) < 45


def test_more_quality_costs_more_bytes_and_less_error(photo):
    sizes, errors = zip(
        *((size, psnr(again, photo)) for size, again in (jpeg(photo, q) for q in (5, 30, 90))),
        strict=True,
    )
    assert list(sizes) == sorted(sizes)
    assert list(errors) == sorted(errors)


def test_jpeg_between_two_qualities(photo):
    sizes = {quality: jpeg(photo, quality)[0] for quality in (30, 31)}
    low, high = (psnr(jpeg(photo, quality)[1], photo) for quality in sizes)
    middle = jpeg_at(photo, sum(sizes.values()) // 2)
    assert min(low, high) <= middle <= max(low, high)
    assert jpeg_at(photo, sizes[30]) == pytest.approx(low)


def test_packed_codes_are_rounded_and_cut_to_a_byte(rng):
    codes = 3 * torch.randn(4, 8, 8, generator=rng)
    whole = np.round(codes.numpy()).astype(np.int8)
    assert packed_bytes(codes) == len(zlib.compress(whole.tobytes(), level=9))
    assert packed_bytes(torch.full((4, 8, 8), 1000.0)) == packed_bytes(torch.full((4, 8, 8), 127.0))
    assert packed_bytes(torch.zeros(4, 8, 8)) < 20


def test_bad_qualities_and_sizes_are_refused(photo):
    for quality in (0, 96, 5.5):
        with pytest.raises(
            ValueError, match=r"quality is .*; expected a whole number from 1 to 95"
        ):
            jpeg(photo, quality)
    for size in (10, 10**6):
        with pytest.raises(ValueError, match=f"size is {size}; JPEG gives"):
            jpeg_at(photo, size)
