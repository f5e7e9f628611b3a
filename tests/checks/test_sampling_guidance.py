"""Planted answers for the page on sampling: guidance."""

import pytest
import torch

from genlab.checks import sampling as check

from .planted import judged, stub, unusual, wrong


def both(network, xt, t, label):
    return network(xt, t, torch.full_like(label, 10)), network(xt, t, label)


def guided(network, xt, t, label, scale):
    none, asked = both(network, xt, t, label)
    return none + scale * (asked - none)


def in_one_batch(network, xt, t, label, scale):
    labels = torch.cat([label, label * 0 + 10])
    asked, none = network(xt.repeat(2, 1, 1, 1), t.repeat(2), labels).split(len(xt))
    return none + scale * (asked - none)


def as_a_mean(network, xt, t, label, scale):
    none, asked = both(network, xt, t, label)
    return (1 - scale) * none + scale * asked


def with_lerp(network, xt, t, label, scale):
    return torch.lerp(*both(network, xt, t, label), scale)


def image_by_image(network, xt, t, label, scale):
    answers = []
    for i in range(len(xt)):
        one = slice(i, i + 1)
        answers.append(guided(network, xt[one], t[one], label[one], scale))
    return torch.cat(answers)


def saves_work(network, xt, t, label, scale):
    if scale == 1:
        return network(xt, t, label)
    return guided(network, xt, t, label, scale)


def mixed(mix):
    def answer(network, xt, t, label, scale):
        return mix(*both(network, xt, t, label), scale)

    return answer


def without_a_tensor(network, xt, t, label, scale):
    return network(xt, t, 10) + scale * network(xt, t, label)


def one_for_all(network, xt, t, label, scale):
    return network(xt, t, torch.tensor([10])) + scale * network(xt, t, label)


def zero_for_none(network, xt, t, label, scale):
    none, asked = network(xt, t, torch.zeros_like(label)), network(xt, t, label)
    return none + scale * (asked - none)


def never_the_class(network, xt, t, label, scale):
    none = network(xt, t, torch.full_like(label, 10))
    return none + scale * (none - network(xt, t, label * 0 + 7))


def the_first_for_all(network, xt, t, label, scale):
    return guided(network, xt, t, label[:1].expand(len(label)), scale)


def at_another_time(network, xt, t, label, scale):
    none = network(xt, t * 0, torch.full_like(label, 10))
    return none + scale * (network(xt, t, label) - none)


def overwrites_label(network, xt, t, label, scale):
    asked = network(xt, t, label)
    none = network(xt, t, label.fill_(10))
    return none + scale * (asked - none)


def at_least_one(network, xt, t, label, scale):
    return guided(network, xt, t, label, max(scale, 1.0))


def guides(answer, hint, name=""):
    return wrong(check.guided_eps, answer, hint, name=name)


PLANTED = [
    stub(check.guided_eps),
    unusual(check.guided_eps, in_one_batch),
    unusual(check.guided_eps, as_a_mean),
    unusual(check.guided_eps, with_lerp),
    unusual(check.guided_eps, image_by_image),
    unusual(check.guided_eps, saves_work),
    unusual(check.guided_eps, lambda *a: guided(*a).double(), name="float64"),
    unusual(check.guided_eps, lambda *a: guided(*a).requires_grad_(), name="gradients"),
    guides(lambda *a: None, "gave None", "nothing"),
    guides(lambda *a: guided(*a).mean(), "has shape ()", "mean"),
    guides(without_a_tensor, "stopped with", "a number for no class"),
    guides(one_for_all, "The network wants one label an image"),
    guides(zero_for_none, "never asked for no class: that is the label 10"),
    guides(never_the_class, "The network is never asked for the class."),
    guides(mixed(lambda none, asked, w: asked + w * (asked - none)), "Some papers do", "papers"),
    guides(
        mixed(lambda none, asked, w: asked + w * (none - asked)), "have changed places", "exchanged"
    ),
    guides(mixed(lambda none, asked, w: none - w * (asked - none)), "sign is wrong", "sign"),
    guides(mixed(lambda none, asked, w: w * (asked - none)), "for no class is missing", "alone"),
    guides(mixed(lambda none, asked, w: none + w * asked), "*difference* that the class", "sum"),
    guides(mixed(lambda none, asked, w: none), "always the answer for no class", "none"),
    guides(mixed(lambda none, asked, w: asked), "always the answer for the class", "asked"),
    guides(
        mixed(lambda none, asked, w: (none + w * (asked - none)).clamp(-1, 1)),
        "cut off at -1 and 1",
        "clamp",
    ),
    guides(the_first_for_all, "yours is not none + scale (asked - none)"),
    guides(at_another_time, "yours is not none + scale (asked - none)"),
    guides(at_least_one, "At scale 0 the class has no say"),
    guides(overwrites_label, "Your code changes label, which the caller still needs"),
    guides(lambda *a: guided(*a) / 0, "not finite", "infinite"),
]


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_planted(planted, capsys):
    judged(planted, capsys)
