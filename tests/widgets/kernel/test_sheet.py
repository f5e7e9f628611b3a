"""Sheets of small pictures."""

import base64
import io

import numpy as np
import torch
from PIL import Image

from genlab.widgets.kernel.sheet import sheet_url


def test_pictures_stand_side_by_side_and_the_rest_is_clear():
    images = torch.linspace(-1.5, 1.5, 3).view(3, 1, 1, 1).expand(3, 1, 28, 28)
    packed = sheet_url(list(images), 2).removeprefix("data:image/webp;base64,")
    sheet = np.array(Image.open(io.BytesIO(base64.b64decode(packed))))
    assert sheet.shape == (120, 120, 4)
    middles = sheet[30::60, 30::60]
    assert middles[0, 0].tolist() == [255, 255, 255, 255], "-1 and less is paper"
    assert 120 <= middles[0, 1, 0] <= 135
    assert middles[1, 0].tolist() == [0, 0, 0, 255], "1 and more is ink"
    assert middles[1, 1, 3] == 0 and sheet[0, 0, 3] == 0, "gaps and what is missing are clear"
