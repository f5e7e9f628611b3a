"""The kernel's side of inference: each message gets one answer, whatever it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from genlab.widgets.kernel.protocol import MAX_BATCH, Network, answer, evaluating


def run(network: str, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"kind": "run", "id": "a-1", "network": network, "inputs": [{"shape": list(shape)}]}


def read(reply: dict[str, Any], buffers: list[bytes] | None) -> torch.Tensor:
    assert reply["kind"] == "result", reply
    assert buffers is not None
    (shape,) = (output["shape"] for output in reply["outputs"])
    return torch.frombuffer(bytearray(buffers[0]), dtype=torch.float32).reshape(shape)


@pytest.mark.parametrize("index", [0, 1])
def test_decoder_is_the_readers_model(ask, autoencoder, vae, index):
    z = torch.randn(3, 2)
    reply, buffers = ask(run(f"decoder-{index}", (3, 2)), z.numpy())
    with torch.no_grad():
        expected = (autoencoder, vae)[index].decode(z)
    torch.testing.assert_close(read(reply, buffers), expected)
    assert reply["id"] == "a-1"
    assert reply["milliseconds"] > 0


def test_encoder_of_a_vae_answers_with_the_mean(ask, vae, explorer):
    images = explorer._images[:4]
    answer = ask(run("encoder-1", (4, 1, 28, 28)), images.numpy())
    with torch.no_grad():
        torch.testing.assert_close(read(*answer), vae.encode(images)[0])


def test_a_change_of_the_model_is_answered_with_the_changed_model(ask, autoencoder):
    z = np.zeros((1, 2), np.float32)
    before = read(*ask(run("decoder-0", (1, 2)), z))
    with torch.no_grad():
        autoencoder.decoder.layers[-2].bias.add_(1)
    assert not torch.equal(read(*ask(run("decoder-0", (1, 2)), z)), before)


ZEROS = np.zeros((1, 2), np.float32)


@pytest.mark.parametrize(
    ("content", "inputs", "message"),
    [
        ("run", [], "the message is of kind 'run'; expected 'run'"),
        ({"kind": "walk", "id": "a-1"}, [], "of kind 'walk'; expected 'run'"),
        ({**run("decoder-0", (1, 2)), "id": 7}, [ZEROS], "has the id 7; expected a string"),
        ({**run("decoder-0", (1, 2)), "inputs": []}, [ZEROS], "has the inputs []; expected [{"),
        (run("decoder-0", (0, 2)), [ZEROS], "expected {'shape': [n, ...]}"),
        (run("decoder-0", (True, 2)), [ZEROS], "expected {'shape': [n, ...]}"),
        (run("decoder-7", (1, 2)), [ZEROS], "no network 'decoder-7', only decoder-0, encoder-0"),
        (run("decoder-0", (1, 3)), [ZEROS], "shape (1, 3); expected (n <= 1024, 2)"),
        (run("decoder-0", (MAX_BATCH + 1, 2)), [ZEROS], "expected (n <= 1024, 2)"),
        (run("encoder-0", (1, 28, 28)), [ZEROS], "expected (n <= 1024, 1, 28, 28)"),
        (run("decoder-0", (2, 2)), [ZEROS], "buffers of [8] bytes; expected [16]"),
        (run("decoder-0", (1, 2)), [], "buffers of [] bytes; expected [8]"),
        (run("decoder-0", (1, 2)), [ZEROS, ZEROS], "buffers of [8, 8] bytes; expected [8]"),
        (run("decoder-0", (1, 2)), [ZEROS * np.nan], "values that are not finite"),
    ],
)
def test_bad_messages_get_a_clear_answer(ask, content, inputs, message):
    reply, buffers = ask(content, *inputs)
    assert reply["kind"] == "error"
    assert message in reply["message"]
    assert buffers is None


def test_a_network_with_two_inputs():
    timed = {"f": Network(None, lambda xt, t: xt * t[:, None], (2,), ((),))}
    shapes = {"inputs": [{"shape": [3, 2]}, {"shape": [3]}]}
    xt, t = np.ones((3, 2), np.float32), np.arange(3, dtype=np.float32)
    reply, output = answer(timed, {**run("f", ()), **shapes}, [xt.tobytes(), t.tobytes()])
    assert reply["outputs"] == [{"shape": [3, 2]}]
    assert np.frombuffer(output, np.float32).tolist() == [0, 0, 1, 1, 2, 2]
    with pytest.raises(ValueError, match="the message has 1 inputs; expected 2"):
        answer(timed, run("f", (3, 2)), [xt.tobytes()])
    with pytest.raises(ValueError, match="expected the same n for all"):
        wrong = {"inputs": [{"shape": [3, 2]}, {"shape": [2]}]}
        answer(timed, {**run("f", ()), **wrong}, [xt.tobytes(), t[:2].tobytes()])


def test_an_exception_of_the_readers_model_is_shown_not_raised(ask, autoencoder):
    autoencoder.decoder.layers[0] = torch.nn.Linear(3, 64)
    reply, _ = ask(run("decoder-0", (1, 2)), ZEROS)
    assert reply["kind"] == "error"
    assert reply["id"] == "a-1"
    assert reply["message"].startswith("RuntimeError: mat1 and mat2")
    assert "\n" not in reply["message"]


def test_evaluating_restores_every_module(autoencoder):
    autoencoder.train()
    autoencoder.encoder.eval()
    before = [module.training for module in autoencoder.modules()]
    with pytest.raises(KeyError), evaluating(autoencoder):
        assert not any(module.training for module in autoencoder.modules())
        assert not torch.is_grad_enabled()
        raise KeyError
    assert [module.training for module in autoencoder.modules()] == before
    assert torch.is_grad_enabled()
