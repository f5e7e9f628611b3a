"""The networks of the page compute what PyTorch computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from genlab import checkpoints
from genlab.language.names import load_names
from genlab.models.class_unet import NO_CLASS
from genlab.vision.captions import TEMPLATES, captions, encode
from genlab.widgets.kernel.protocol import SiteNetwork, by_name
from genlab.widgets.site import export as onnx_export
from genlab.widgets.site.export import NETWORKS, collect, export_networks
from genlab.widgets.site.lighter import FEW

pytestmark = [pytest.mark.tools, pytest.mark.xdist_group("exported networks")]

# Where `genlab book` keeps them, by a hash of weights and code.
ONNX_CACHE = Path(__file__).parents[3] / "_build/.onnx_cache"


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """As the site has them; what has been exported for it, or now is, is exported once."""
    folder = tmp_path_factory.mktemp("onnx")
    return {path.stem: path for path in export_networks(folder, cache=ONNX_CACHE)}


def example(network, batch):
    """Inputs as the widgets send them."""
    first, *more = network.input_shapes
    if network.part == "decoder":
        return [8 * torch.rand(batch, *first) - 4]
    if network.part in ("encoder", "looks"):
        return [torch.rand(batch, *first)]
    if network.part == "image":
        return [torch.rand(batch, *first)]
    if network.part == "text":  # any captions
        return [encode(captions(TEMPLATES[3])[:batch]).float()]
    if network.part == "next":  # starts of names, filled up with padding
        tokens = load_names("test").tokens()[:batch].float()
        beyond = torch.arange(tokens.shape[1]) >= torch.randint(1, 12, (batch, 1))
        return [tokens.masked_fill(beyond, 0)]
    if network.part == "step":  # timesteps, latents
        t = torch.randint(0, 1000, (batch,)).float()
        return [torch.randn(batch, *first), t, torch.randn(batch, *more[1])]
    below = [1000, NO_CLASS + 1][: len(more)]  # timesteps, labels
    return [torch.randn(batch, *first), *(torch.randint(0, n, (batch,)).float() for n in below)]


CODERS = [f"autoencoder-{size}d" for size in (1, 2, 4, 8, 16, 32)] + ["vae-2d"]
NAMES = {
    *(f"{name}.{part}" for name in CODERS for part in ("decoder", "encoder")),
    *(f"vae-2d-beta-{beta}.decoder" for beta in ("0.1", "1", "2", "5", "20")),
    *(f"unet-time-{name}.denoiser" for name in ("epsilon", "sample", "v_prediction")),
    *(f"ladder-{rung}.denoiser" for rung in ("basic", "time", "group", "wide", "attention")),
    *("unet-class.asked", "unet-flow.asked"),
    *("dit.denoiser", "uvit.denoiser", "rin.step"),
    *("vit.looks", "vit-patch-4.looks", "vit-patch-14.looks"),
    *("digit-clip.image", "digit-clip.text"),
    *("unet-basic.denoiser", "unet-basic.stages", "tiny-lm.next"),
}


def test_the_sites_networks_have_their_names():
    """They are addresses: pages and other sites may hold them."""
    assert set(NETWORKS) == NAMES
    assert all(name == network.name for name, network in NETWORKS.items())


def test_two_widgets_may_declare_one_network_but_not_two_under_one_name():
    def whole(model):
        return model

    one = by_name(SiteNetwork("a.part", whole, ((2,),)))
    assert collect([one, dict(one)]) == one
    other = by_name(SiteNetwork("a.part", whole, ((3,),)))
    with pytest.raises(ValueError, match=r"two widgets declare a\.part, .* expected one function"):
        collect([one, other])


def tolerance(network, expected):
    """How far an output may be off: 1e-5, and latents, which reach 40, a millionth of that.

    PyTorch's own single precision is off by as much.
    """
    bound = np.full(expected.shape[1:], 1e-5)
    if network.part == "step":  # an estimate and latents in a row
        bound[784:] = 1e-6 * np.abs(expected[:, 784:]).max()
    return bound


@pytest.mark.parametrize("name", list(NETWORKS))
@pytest.mark.parametrize("batch", [1, 50])
def test_parity_with_pytorch(exported, name, batch):
    network = NETWORKS[name]
    inputs = example(network, batch)
    session = onnxruntime.InferenceSession(exported[name])
    names = [one.name for one in session.get_inputs()]
    feed = {name: x.numpy() for name, x in zip(names, inputs, strict=True)}
    (output,) = session.run(None, feed)
    # In double precision: PyTorch's own single precision is off by as much as the runtime's.
    model = checkpoints.load_model(network.checkpoint).double()
    with torch.no_grad():
        expected = network.function(model)(*(x.double() for x in inputs))
    assert output.shape == tuple(expected.shape)
    assert (np.abs(output - expected.numpy()) <= tolerance(network, expected.numpy())).all()


def test_each_file_is_small_and_whole(exported):
    for path in exported.values():
        assert path.stat().st_size < 2_000_000
        assert not list(path.parent.rglob("*.part"))


@pytest.mark.parametrize("name", list(NETWORKS))
def test_weights_are_stored_in_half_precision(exported, name):
    """But for what the exporter computes itself: the few frequencies of a timestep."""
    weights = [numpy_helper.to_array(one) for one in onnx.load(exported[name]).graph.initializer]
    whole = sum(one.size for one in weights if one.dtype == np.float32 and one.size >= FEW)
    assert whole == 0
    assert sum(one.size for one in weights if one.dtype == np.float16) > 30_000


def test_no_file_tells_where_it_was_made(exported):
    here = str(Path(onnx_export.__file__).parents[3]).encode()
    assert not [name for name, path in exported.items() if here in path.read_bytes()]


def test_the_tiny_language_model_runs_once_for_one_answer(exported):
    nodes = onnx.load(exported["tiny-lm.next"]).graph.node
    blocks = checkpoints.load_model("tiny-lm").blocks
    assert sum(node.op_type == "Softmax" for node in nodes) == len(blocks)


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
    with pytest.raises(
        ValueError, match=r"got nonsense; expected networks from autoencoder-16d\.d"
    ):
        export_networks(tmp_path, ["nonsense"])
