"""The networks of the page compute what PyTorch computes."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch

from genlab import checkpoints
from genlab.widgets import onnx_export
from genlab.widgets.onnx_export import NETWORKS, code_of, export_networks

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx")
    return {path.stem: path for path in export_networks(folder)}


@pytest.mark.parametrize("name", list(NETWORKS))
@pytest.mark.parametrize("batch", [1, 50])
def test_parity_with_pytorch(exported, name, batch):
    network = NETWORKS[name]
    inputs = torch.rand(batch, *network.input_shape)
    if network.part == "decoder":
        inputs = 8 * inputs - 4
    session = onnxruntime.InferenceSession(exported[name])
    (output,) = session.run(None, {session.get_inputs()[0].name: inputs.numpy()})
    model = checkpoints.load_model(network.checkpoint)
    with torch.no_grad():
        expected = {"encoder": code_of(model), "decoder": model.decode}[network.part](inputs)
    assert output.shape == tuple(expected.shape)
    assert np.abs(output - expected.numpy()).max() <= 1e-5


def test_each_file_is_small_and_whole(exported):
    for path in exported.values():
        assert path.stat().st_size < 600_000
        assert not list(path.parent.rglob("*.part"))


def test_nothing_is_exported_twice(tmp_path, monkeypatch):
    (first,) = export_networks(tmp_path / "a", ["vae-2d.decoder"], cache=tmp_path / "cache")
    monkeypatch.setattr(onnx_export, "export_part", lambda *_: pytest.fail("exported again"))
    (second,) = export_networks(tmp_path / "b", ["vae-2d.decoder"], cache=tmp_path / "cache")
    assert second == tmp_path / "b" / "vae-2d.decoder.onnx"
    assert first.read_bytes() == second.read_bytes()


def test_other_weights_are_exported_anew(tmp_path, monkeypatch):
    weights = tmp_path / "weights"
    monkeypatch.setattr(checkpoints, "path", lambda name: weights)
    fingerprints = []
    for content in (b"a", b"b"):
        weights.write_bytes(content)
        fingerprints.append(onnx_export._fingerprint("vae-2d"))
    assert fingerprints[0] != fingerprints[1]


def test_unknown_network(tmp_path):
    with pytest.raises(ValueError, match=r"got nonsense; expected networks from autoencoder-2d"):
        export_networks(tmp_path, ["nonsense"])
