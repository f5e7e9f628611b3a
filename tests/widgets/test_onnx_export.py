"""The networks of the page compute what PyTorch computes."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch

from genlab import checkpoints
from genlab.language.names import load_names
from genlab.widgets.site import export as onnx_export
from genlab.widgets.site.export import NETWORKS, PARTS, export_networks

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx")
    return {path.stem: path for path in export_networks(folder)}


def example(network, batch):
    """Inputs as the widgets send them."""
    if network.part == "decoder":
        return [8 * torch.rand(batch, *network.input_shape) - 4]
    if network.part == "encoder":
        return [torch.rand(batch, *network.input_shape)]
    if network.part == "next":  # starts of names, filled up with padding
        tokens = load_names("test").tokens()[:batch].float()
        beyond = torch.arange(tokens.shape[1]) >= torch.randint(1, 12, (batch, 1))
        return [tokens.masked_fill(beyond, 0)]
    inputs = [torch.randn(batch, *network.input_shape)]
    return inputs + [torch.randint(0, 1000, (batch,)).float() for _ in network.further_shapes]


@pytest.mark.parametrize("name", list(NETWORKS))
@pytest.mark.parametrize("batch", [1, 50])
def test_parity_with_pytorch(exported, name, batch):
    network = NETWORKS[name]
    inputs = example(network, batch)
    session = onnxruntime.InferenceSession(exported[name])
    names = [one.name for one in session.get_inputs()]
    feed = {name: x.numpy() for name, x in zip(names, inputs, strict=True)}
    (output,) = session.run(None, feed)
    model = checkpoints.load_model(network.checkpoint)
    with torch.no_grad():
        expected = PARTS[network.part](model)(*inputs)
    assert output.shape == tuple(expected.shape)
    assert np.abs(output - expected.numpy()).max() <= 1e-5


def test_each_file_is_small_and_whole(exported):
    for path in exported.values():
        assert path.stat().st_size < 2_000_000
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
