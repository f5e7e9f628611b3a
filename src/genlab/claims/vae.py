"""What the page *The variational autoencoder* claims, measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from genlab import metrics
from genlab.checkpoints import load_model
from genlab.claims.registry import Values, measurement
from genlab.claims.trainings import SEEDS, finished, retrained
from genlab.data import load_digits
from genlab.latents import VAE_CHECKPOINTS, lerp, load_vae, slerp, vae_loss
from genlab.latents.maps import (
    AUTOENCODERS,
    bounding_box,
    empty_in_box,
    empty_share,
    to_unit_square,
    whiten,
)
from genlab.latents.posterior import gap, plane
from genlab.measured import Measured, difference, paired
from genlab.models.autoencoder import AutoEncoder
from genlab.models.vae import VAE, kl_divergence
from genlab.training import TrainConfig

Network = AutoEncoder | VAE
NETWORKS = "five autoencoders (seeds 0 to 4), three VAEs with beta = 0.5 (seeds 0 to 2)"
NEAR = (9.0, 12.0)


def continued_vae(beta: float, start: float, steps: int) -> VAE:
    """The shipped VAE of the beta `start`, trained on with another beta."""
    torch.manual_seed(0)
    config = TrainConfig(steps=steps, batch_size=64, lr=3e-3)
    name = f"vae-beta-{start:g}-then-{beta:g}-steps-{steps}"
    data = (load_digits("train").images,)
    vae: VAE = finished(load_vae(start).requires_grad_(True), vae_loss(beta), data, config, name)
    return vae


def three_vaes() -> list[VAE]:
    """The VAE with beta = 0.5, trained with three seeds."""
    return [retrained("vae-2d", seed) for seed in SEEDS]


def five_autoencoders() -> list[AutoEncoder]:
    """The two-dimensional autoencoder, trained with five seeds."""
    models = [load_model(name) for name in AUTOENCODERS]
    return [model for model in models if isinstance(model, AutoEncoder)]


@torch.no_grad()
def encodings(model: Network, images: Tensor) -> Tensor:
    """The codes of an autoencoder or the means of a VAE, (N, 2)."""
    code = model.encode(images)
    return code[0] if isinstance(code, tuple) else code


def draws(n: int, seed: int = 0) -> Tensor:
    """`n` points of N(0, I) in the plane, (n, 2)."""
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def fitted(z: Tensor, points: Tensor) -> Tensor:
    """Points of N(0, I), (N, 2), moved to the normal distribution with z's mean and covariance."""
    return z.mean(dim=0) + points @ torch.linalg.cholesky(torch.cov(z.T)).T


def over(models: Sequence[Network], measure: Callable[[Network], float]) -> list[float]:
    """One figure for each model."""
    return [measure(model) for model in models]


@measurement("vae/holes", over=NETWORKS, orders=("farther",))
def holes() -> Values:
    """Empty cells of 400, and how far points drawn at equal mass lie from the nearest encoding.

    The cells are those of N(0, I), of the whitened encodings, and of the bounding box; the
    distances are in standard deviations, at the 95th percentile of 2,000 points. The normal cloud
    is 4,000 points of N(0, I), the same number as there are encodings, drawn with five seeds.
    """
    points = draws(2000)
    values: dict[str, Measured] = {}
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
        values[f"{name}_box"] = Measured.of([empty_in_box(z) for z in all_z])
        values[f"{name}_far"] = Measured.of(far)
    values["farther"] = difference(values["vae_far"], values["autoencoder_far"])
    return values


@torch.no_grad()
def _way_back(model: Network, points: Tensor) -> float:
    z = encodings(model, load_digits("train").images)
    back = encodings(model, model.decode(fitted(z, points)))
    return (whiten(back, z) - points).norm(dim=1).median().item()


@measurement("vae/way-back", over=NETWORKS, orders=("nearer",))
def way_back() -> Values:
    """Points of the fitted normal, decoded and encoded again: median distance to where they were.

    In standard deviations of the encodings, 1,000 points.
    """
    points = draws(1000)
    values: dict[str, Measured] = {
        "autoencoder": Measured.of(over(five_autoencoders(), lambda m: _way_back(m, points))),
        "vae": Measured.of(over(three_vaes(), lambda m: _way_back(m, points))),
    }
    values["nearer"] = difference(values["vae"], values["autoencoder"])
    return values


@torch.no_grad()
def _samples(model: Network, points: Callable[[Tensor, Tensor], Tensor], seed: int) -> Tensor:
    """500 samples, from points made of the encodings and of draws from N(0, I)."""
    z = encodings(model, load_digits("train").images)
    return model.decode(points(z, draws(500, seed)))


def _in_box(z: Tensor, points: Tensor) -> Tensor:
    low, high = bounding_box(z)
    return low + (high - low) * to_unit_square(points)


def _as_drawn(z: Tensor, points: Tensor) -> Tensor:
    return points


@measurement(
    "vae/rules",
    over=NETWORKS,
    orders=("over_prior", "over_prior_second", "fitted_better", "fitted_better_second"),
)
def rules() -> Values:
    """digit-FID of ways to pick points, 500 samples for each network.

    The values that end in `second` are in the features of the second classifier.
    """
    fives, threes = list(enumerate(five_autoencoders())), list(enumerate(three_vaes()))
    samples = {
        "box": [_samples(model, _in_box, seed) for seed, model in fives],
        "prior": [_samples(model, _as_drawn, seed) for seed, model in fives],
        "fitted": [_samples(model, fitted, seed) for seed, model in fives],
        "vae": [_samples(model, _as_drawn, seed) for seed, model in threes],
        "vae_fitted": [_samples(model, fitted, seed) for seed, model in threes],
    }
    values: dict[str, Measured] = {}
    for classifier, end in zip(metrics.CLASSIFIERS, ("", "_second"), strict=True):
        for name, sets in samples.items():
            fids = [metrics.digit_fid(images, classifier) for images in sets]
            values[name + end] = Measured.of(fids)
        for name in ("box", "prior"):
            values[f"over_{name}{end}"] = difference(values["vae" + end], values[name + end])
        better = difference(values["fitted" + end], values["vae" + end])
        values[f"fitted_better{end}"] = better
    return values


@torch.no_grad()
def clear_share(model: Network, path: Callable[[Tensor, Tensor, int], Tensor]) -> float:
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
    values: dict[str, Measured | float] = {}
    both: dict[str, Sequence[Network]] = {
        "autoencoder": five_autoencoders(),
        "vae": three_vaes(),
    }
    for name, models in both.items():
        straight = [clear_share(model, lerp) for model in models]
        arc = [clear_share(model, slerp) for model in models]
        values |= {f"{name}_straight": Measured.of(straight), f"{name}_arc": Measured.of(arc)}
        values[f"{name}_arc_gain"] = paired(straight, arc)
    return values


# Points of the grid along each side: its step is at most 1.5 spreads of a typical cloud.
SIDES = {0.5: 160, 1.0: 140, 2.0: 100, 5.0: 60}


@measurement(
    "vae/gap",
    over="the 500 test digits; `seeds` over three trainings with beta = 0.5 (seeds 0 to 2)",
    orders=("test_minus_train_1",),
)
def gaps() -> Values:
    """KL from the encoder's cloud to the true posterior, which is computed on a grid; in nats.

    `train` are 500 digits that the networks were trained on.
    """
    x = torch.cat([load_digits("test").images, load_digits("train").images[:500]])
    values: dict[str, Measured] = {}
    for beta, side in SIDES.items():
        name = f"{beta:g}".replace(".", "_")
        found = gap(load_vae(beta), x, beta, plane(side))
        test, train_digits = Measured.of(found[:500].tolist()), Measured.of(found[500:].tolist())
        values |= {f"beta_{name}": test, f"train_{name}": train_digits}
        values[f"test_minus_train_{name}"] = difference(train_digits, test)
    found_seeds = [gap(vae, x[:500], 0.5, plane(SIDES[0.5])).mean().item() for vae in three_vaes()]
    values["seeds"] = Measured.of(found_seeds)
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
    values: dict[str, Measured | float] = {"ceiling": math.log(4000)}
    for beta in VAE_CHECKPOINTS:
        name = f"beta_{beta:g}".replace(".", "_")
        kl, mutual = _information(load_vae(beta), load_digits("train").images)
        values |= {f"{name}_kl": kl, f"{name}_information": mutual}
    return values


def largest_variance() -> float:
    """The largest eigenvalue of the covariance of the training digits, summed over pixels."""
    flat = load_digits("train").images.flatten(1)
    return torch.linalg.eigvalsh(torch.cov(flat.T, correction=0))[-1].item()


@measurement("vae/threshold", over="20 sets of 4,000 training digits, drawn with replacement")
def threshold() -> Values:
    """Twice the largest eigenvalue of the digits' covariance: the beta at which collapse begins."""
    flat = load_digits("train").images.flatten(1)
    chosen = [torch.randint(4000, (4000,), generator=_seeded(seed)) for seed in range(20)]
    again = [torch.linalg.eigvalsh(torch.cov(flat[some].T))[-1].item() for some in chosen]
    scatter = torch.tensor(again).std().item()
    return {"beta": Measured(2 * largest_variance(), 2 * scatter, len(chosen))}


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def linear_kl(beta: float, seed: int, steps: int = 1500, kept: int = 20) -> list[float]:
    """KL of each dimension, the larger first, of a linear VAE trained on the digits' components.

    Of the digits only the `kept` largest principal components are given: a linear encoder and
    decoder have no use for the others here, and they add the same to every loss.
    """
    flat = load_digits("train").images.flatten(1)
    _, vectors = torch.linalg.eigh(torch.cov(flat.T))
    x = (flat - flat.mean(dim=0)) @ vectors[:, -kept:]
    torch.manual_seed(seed)
    encoder, decoder, rng = nn.Linear(kept, 4), nn.Linear(2, kept), _seeded(seed)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-2)
    for _ in range(steps):
        mu, logvar = encoder(x).chunk(2, dim=1)
        z = mu + torch.exp(0.5 * logvar) * torch.randn(mu.shape, generator=rng)
        error = ((decoder(z) - x) ** 2).sum(dim=1).mean()
        loss = error + beta * kl_divergence(mu, logvar).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(dim=0)
    return sorted(kl.tolist(), reverse=True)


@measurement("vae/linear", over="three trainings (seeds 0 to 2)")
def linear() -> Values:
    """KL of the first dimension of a linear VAE near the threshold, and what theory gives."""
    values: dict[str, Measured | float] = {}
    for beta in (5, 8, 9, 12):
        values[f"beta_{beta}"] = Measured.of([linear_kl(beta, seed)[0] for seed in range(3)])
        predicted = 0.5 * math.log(max(1.0, 2 * largest_variance() / beta))
        values[f"beta_{beta}_predicted"] = predicted
    return values


@measurement("vae/near-threshold", over="the 500 test digits, one training each")
def near_threshold() -> Values:
    """KL of the page's own network on both sides of the threshold, in nats.

    The network of beta = 5 is trained on for 600 steps with another beta; `weaker` is the KL of
    the dimension that has less.
    """
    x = load_digits("test").images
    values: dict[str, Measured | float] = {}
    for beta in NEAR:
        vae = continued_vae(beta, start=5.0, steps=600)
        with torch.no_grad():
            mu, logvar = vae.encode(x)
        nats = kl_divergence(mu, logvar)
        weaker = (0.5 * (mu**2 + logvar.exp() - 1 - logvar)).mean(dim=0).min().item()
        values |= {f"beta_{beta:g}": Measured.of(nats.tolist()), f"weaker_{beta:g}": weaker}
    return values


@measurement("vae/any-network", over="nothing is drawn")
def any_network() -> Values:
    """What any encoder and decoder, and any prior, could save against saying nothing; in nats.

    Zero means that nothing can be saved on the training digits: the maximum over pictures y of
    log mean exp((|x - mean|^2 - |x - y|^2) / beta) over the digits x, found by mean shift from 110
    digits and class means. It is the condition of Kuhn and Tucker for rate and distortion.
    """
    digits = load_digits("train")
    flat = digits.images.flatten(1)
    off = flat - flat.mean(dim=0)
    classes = [off[digits.labels == digit].mean(dim=0) for digit in range(10)]
    start = torch.cat([off[::40], torch.stack(classes)])
    return {f"beta_{beta}": _most_saved(off, start, beta) for beta in (14, 16, 18, 20)}


def _most_saved(off: Tensor, y: Tensor, beta: float, rounds: int = 60) -> float:
    for _ in range(rounds):
        y = torch.softmax(2 * y @ off.T / beta, dim=1) @ off
    fit = torch.logsumexp(2 * y @ off.T / beta, dim=1) - math.log(len(off))
    return max(0.0, round((fit - (y**2).sum(dim=1) / beta).max().item(), 6))
