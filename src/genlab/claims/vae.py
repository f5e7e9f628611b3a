"""What the page *The variational autoencoder* claims, measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from genlab import metrics
from genlab.checkpoints import load_model
from genlab.claims.registry import measurement
from genlab.data import load_digits
from genlab.latents import VAE_CHECKPOINTS, lerp, load_vae, slerp, vae_loss
from genlab.latents.maps import AUTOENCODERS, bounding_box, empty_share, to_unit_square, whiten
from genlab.latents.posterior import gap, plane
from genlab.measured import Measured, paired
from genlab.models.vae import VAE, kl_divergence
from genlab.recipes.run import RUNS
from genlab.training import TrainConfig, train

Values = dict[str, Measured | float]

NETWORKS = "five autoencoders (seeds 0 to 4), three VAEs with beta = 0.5 (seeds 0 to 2)"
NEAR = (8.0, 9.0, 10.0, 11.0, 12.0, 14.0)


def trained_vae(beta: float, seed: int, steps: int = 8000) -> VAE:
    """A VAE trained by the recipe of the shipped ones, with another seed or for fewer steps."""
    torch.manual_seed(seed)
    model = VAE(latent_size=2).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    config = TrainConfig(steps=steps, batch_size=64, lr=3e-3, seed=seed)
    save_to = RUNS / "claims" / f"vae-beta-{beta:g}-seed-{seed}-steps-{steps}.pt"
    for _ in train(model, vae_loss(beta), (load_digits("train").images,), config, save_to):
        pass
    return model


def three_vaes() -> list[VAE]:
    """The VAE with beta = 0.5, trained with three seeds."""
    return [load_vae(0.5), trained_vae(0.5, 1), trained_vae(0.5, 2)]


def five_autoencoders() -> list[nn.Module]:
    """The two-dimensional autoencoder, trained with five seeds."""
    return [load_model(name) for name in AUTOENCODERS]


@torch.no_grad()
def encodings(model: nn.Module, images: Tensor) -> Tensor:
    """The codes of an autoencoder or the means of a VAE, (N, 2)."""
    code = model.encode(images)
    return code[0] if isinstance(code, tuple) else code


def draws(n: int, seed: int = 0) -> Tensor:
    """`n` points of N(0, I) in the plane, (n, 2)."""
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def fitted(z: Tensor, points: Tensor) -> Tensor:
    """Points of N(0, I), (N, 2), moved to the normal distribution with z's mean and covariance."""
    return z.mean(dim=0) + points @ torch.linalg.cholesky(torch.cov(z.T)).T


def over(models: Sequence[nn.Module], measure: Callable[[nn.Module], float]) -> list[float]:
    """One figure for each model."""
    return [measure(model) for model in models]


def _own_box(z: Tensor) -> float:
    low, high = bounding_box(z)
    return empty_share((z - low) / (high - low))


@measurement("vae/holes", over=NETWORKS)
def holes() -> Values:
    """Empty cells of 400, and how far points drawn at equal mass lie from the nearest encoding.

    The cells are those of N(0, I), of the whitened encodings, and of the bounding box; the
    distances are in standard deviations, at the 95th percentile of 2,000 points. The normal cloud
    is 4,000 points of N(0, I), the same number as there are encodings, drawn with five seeds.
    """
    points, values = draws(2000), Values()
    clouds = {
        "autoencoder": [encodings(m, load_digits("train").images) for m in five_autoencoders()],
        "vae": [encodings(m, load_digits("train").images) for m in three_vaes()],
        "normal": [draws(4000, seed) for seed in range(10, 15)],
    }
    for name, all_z in clouds.items():
        white = [whiten(z, z) for z in all_z]
        far = [metrics.nearest_distances(points, w).quantile(0.95).item() for w in white]
        values[f"{name}_raw"] = Measured.of([empty_share(to_unit_square(z)) for z in all_z])
        values[f"{name}_white"] = Measured.of([empty_share(to_unit_square(w)) for w in white])
        values[f"{name}_box"] = Measured.of([_own_box(z) for z in all_z])
        values[f"{name}_far"] = Measured.of(far)
    return values


@torch.no_grad()
def _way_back(model: nn.Module, points: Tensor) -> float:
    z = encodings(model, load_digits("train").images)
    back = encodings(model, model.decode(fitted(z, points)))
    return (whiten(back, z) - points).norm(dim=1).median().item()


@measurement("vae/way-back", over=NETWORKS)
def way_back() -> Values:
    """Points of the fitted normal, decoded and encoded again: median distance to where they were.

    In standard deviations of the encodings, 1,000 points.
    """
    points = draws(1000)
    return {
        "autoencoder": Measured.of(over(five_autoencoders(), lambda m: _way_back(m, points))),
        "vae": Measured.of(over(three_vaes(), lambda m: _way_back(m, points))),
    }


@torch.no_grad()
def _fid(model: nn.Module, points: Callable[[Tensor, Tensor], Tensor], seeds: int = 3) -> float:
    """Mean digit-FID over sets of 500, from points made of the encodings and of N(0, I)."""
    z = encodings(model, load_digits("train").images)
    sets = [model.decode(points(z, draws(500, seed))) for seed in range(seeds)]
    return sum(metrics.digit_fid(images) for images in sets) / seeds


def _in_box(z: Tensor, points: Tensor) -> Tensor:
    low, high = bounding_box(z)
    return low + (high - low) * to_unit_square(points)


@measurement("vae/rules", over=NETWORKS, orders=("gain_over_box", "gain_over_prior", "fitted_gain"))
def rules() -> Values:
    """digit-FID of four ways to pick points, each a mean over three sets of 500 samples."""
    by = {
        "box": over(five_autoencoders(), lambda m: _fid(m, _in_box)),
        "prior": over(five_autoencoders(), lambda m: _fid(m, lambda z, points: points)),
        "fitted": over(five_autoencoders(), lambda m: _fid(m, fitted)),
        "vae": over(three_vaes(), lambda m: _fid(m, lambda z, points: points)),
        "vae_fitted": over(three_vaes(), lambda m: _fid(m, fitted)),
    }
    values = Values({name: Measured.of(found) for name, found in by.items()})
    for name, (worse, better) in {
        "gain_over_box": ("box", "vae"),
        "gain_over_prior": ("prior", "vae"),
        "fitted_gain": ("vae", "fitted"),
    }.items():
        values[name] = _difference(Measured.of(by[better]), Measured.of(by[worse]))
    return values


def _difference(a: Measured, b: Measured) -> Measured:
    """b - a, of runs that have nothing to do with each other."""
    assert a.error is not None and b.error is not None
    return Measured(b.mean - a.mean, math.hypot(a.error, b.error), min(a.n, b.n))


@torch.no_grad()
def clear_share(model: nn.Module, path: Callable[[Tensor, Tensor, int], Tensor]) -> float:
    """Share of the pictures along walks between 200 random pairs of codes that are clear."""
    codes = encodings(model, load_digits("test").images)
    pairs = torch.randint(len(codes), (200, 2), generator=torch.Generator().manual_seed(0))
    a, b = codes[pairs.T[0]], codes[pairs.T[1]]
    # An arc between opposite directions is not defined: those pairs are left out of both walks.
    joined = torch.cosine_similarity(a, b).abs() < 0.999
    points = torch.cat([path(*ends, 9) for ends in zip(a[joined], b[joined], strict=True)])
    probability = metrics.class_probabilities(model.decode(points)).max(dim=1).values
    return (probability > 0.9).float().mean().item()


@measurement("vae/walks", over=NETWORKS)
def walks() -> Values:
    """Share of clear pictures on straight walks and on arcs, between 200 pairs of test digits."""
    values, both = Values(), {"autoencoder": five_autoencoders(), "vae": three_vaes()}
    for name, models in both.items():
        straight, arc = (over(models, lambda m, p=path: clear_share(m, p)) for path in (lerp, slerp))
        values |= {f"{name}_straight": Measured.of(straight), f"{name}_arc": Measured.of(arc)}
        values[f"{name}_arc_gain"] = paired(straight, arc)
    return values


@measurement("vae/gap", over="the 500 test digits; for beta 0.5 also three trainings")
def gaps() -> Values:
    """KL from the encoder's cloud to the true posterior, which is computed on a grid; in nats.

    Test and training digits are 500 each, and 200 for the finer grid that checks the first.
    """
    x, x_train = load_digits("test").images, load_digits("train").images[:500]
    values = Values()
    for beta in VAE_CHECKPOINTS:
        name = f"beta_{beta:g}".replace(".", "_")
        values[name] = Measured.of(gap(load_vae(beta), x, beta).tolist())
        values[f"{name}_train"] = Measured.of(gap(load_vae(beta), x_train, beta).tolist())
    means = [gap(vae, x, 0.5).mean().item() for vae in three_vaes()]
    values["seeds"] = Measured.of(means)
    return values


def _information(vae: VAE, images: Tensor) -> tuple[float, float]:
    """Mean KL, and the mutual information of image and z, if each image is as likely; in nats."""
    with torch.no_grad():
        mu, logvar = vae.encode(images)
    sigma = torch.exp(0.5 * logvar)
    z = mu + sigma * torch.randn(mu.shape, generator=torch.Generator().manual_seed(0))
    parts = []
    for some in z.split(500):
        off = (some[:, None] - mu) / sigma
        parts.append(-0.5 * (off**2).sum(dim=2) - sigma.log().sum(dim=1))
    density = torch.cat(parts)  # (N, N), up to a constant
    mixture = torch.logsumexp(density, dim=1) - math.log(len(images))
    return kl_divergence(mu, logvar).mean().item(), (density.diagonal() - mixture).mean().item()


@measurement("vae/information", over="the 4,000 training digits, one training each")
def information() -> Values:
    """The KL beside the mutual information that it bounds, in nats an image."""
    values = Values({"ceiling": math.log(4000)})
    for beta in VAE_CHECKPOINTS:
        name = f"beta_{beta:g}".replace(".", "_")
        kl, mutual = _information(load_vae(beta), load_digits("train").images)
        values |= {f"{name}_kl": kl, f"{name}_information": mutual}
    return values
