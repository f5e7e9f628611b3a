"""The exercise checks of the page on the transformer block: stub, solution, typical mistakes."""

import pytest
import torch

from genlab.checks import transformer_block as check


def stub(*_args):
    raise NotImplementedError


def mask(count):
    return torch.ones(count, count, dtype=torch.bool).triu(1)


def attention(q, k, v, divide=True, hide=True, dim=-1, power=0.5, after=False):
    scores = q @ k.transpose(-1, -2)
    if divide:
        scores = scores / q.shape[-1] ** power
    later = mask(q.shape[2])
    if hide and not after:
        scores = scores.masked_fill(later, float("-inf"))
    weights = scores.softmax(dim=dim)
    if after:
        weights = weights.masked_fill(later, 0)
    return weights @ v


def count(c, embeddings=1, norms=2, last=1, kv=None, matrices=3):
    size = c.width // c.heads
    kv_width = (kv or c.kv_heads) * size
    attention = 2 * c.width * c.width + 2 * c.width * kv_width
    block = attention + matrices * c.width * c.hidden + norms * c.width
    return embeddings * c.vocabulary * c.width + c.depth * block + last * c.width


def cached(q, k, v, cache, offset=True, append=True):
    if cache is not None and append:
        k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    earlier = k.shape[2] - q.shape[2] if offset else 0
    later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1 + earlier)
    return scores.masked_fill(later, float("-inf")).softmax(dim=-1) @ v, (k, v)


def unmasked(q, k, v, cache):
    if cache is not None:
        k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
    return (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(dim=-1) @ v, (k, v)


CASES = [
    (lambda: check.causal_mask(mask), None),
    (lambda: check.causal_mask(stub), "still the stub"),
    (lambda: check.causal_mask(lambda n: None), "gave None"),
    (lambda: check.causal_mask(lambda n: mask(n).float()), "torch.bool is expected"),
    (lambda: check.causal_mask(lambda n: mask(n)[0]), "(4, 4) is expected"),
    (lambda: check.causal_mask(lambda n: ~mask(n)), "True where a token may look"),
    (lambda: check.causal_mask(lambda n: torch.ones(n, n).triu().bool()), "Begin one further"),
    (lambda: check.causal_mask(lambda n: mask(n).T), "hides what is earlier"),
    (lambda: check.causal_mask(lambda n: torch.zeros(n, n).bool()), "Row 0 of 4 is"),
    (lambda: check.causal_mask(lambda n: mask(4)), "does it use `count`"),
    (lambda: check.attention(attention), None),
    (lambda: check.attention(stub), "still the stub"),
    (lambda: check.attention(lambda q, k, v: v[0]), "(2, 3, 1, 16) is expected"),
    (lambda: check.attention(lambda q, k, v: q), "can only look at itself"),
    (lambda: check.attention(lambda *a: attention(*a, hide=False)), "before the softmax"),
    (lambda: check.attention(lambda *a: attention(*a, after=True)), "do not sum to 1"),
    (lambda: check.attention(lambda *a: attention(*a, divide=False)), "are not divided"),
    (lambda: check.attention(lambda *a: attention(*a, power=1)), "divided by size = 16"),
    (lambda: check.attention(lambda *a: attention(*a, power=0.25)), "The weights differ"),
    (lambda: check.attention(lambda q, k, v: attention(k, q, v)), "The weights differ"),
    (lambda: check.count(count), None),
    (lambda: check.count(stub), "still the stub"),
    (lambda: check.count(lambda c: "many"), "one number is expected"),
    (lambda: check.count(lambda c: count(c, embeddings=2)), "counted twice"),
    (lambda: check.count(lambda c: count(c, last=0)), "a norm after the last block"),
    (lambda: check.count(lambda c: count(c, norms=0)), "Each block has two norms"),
    (lambda: check.count(lambda c: count(c, kv=c.heads)), "matrices are narrower"),
    (lambda: check.count(lambda c: count(c, matrices=2)), "SwiGLU has three matrices"),
    (lambda: check.count(lambda c: count(c, norms=5)), "one by one"),
    (lambda: check.kv_cache(cached), None),
    (lambda: check.kv_cache(stub), "still the stub"),
    (lambda: check.kv_cache(lambda *a: cached(*a)[0]), "Return two things"),
    (lambda: check.kv_cache(lambda *a: (cached(*a)[0], None)), "a pair (keys, values)"),
    (lambda: check.kv_cache(lambda *a: cached(*a, append=False)), "of all 9, in order"),
    (lambda: check.kv_cache(lambda *a: cached(*a, offset=False)), "token 1 gets something else"),
    (lambda: check.kv_cache(unmasked), "Is this causal attention"),
]


@pytest.mark.parametrize(("run", "hint"), CASES)
def test_each_answer_gets_its_diagnosis(run, hint, capsys):
    result = run()
    printed = capsys.readouterr().out
    assert printed == "\n".join(result.lines) + "\n"
    assert result.passed == (hint is None), printed
    assert printed.rstrip().endswith("passed" if hint is None else "not yet")
    if hint:
        assert hint in printed
