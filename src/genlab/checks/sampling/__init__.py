"""Checks for the exercises of the page *Sampling*."""

from genlab.checks.sampling.asking import guided_eps
from genlab.checks.sampling.flowing import flow_step
from genlab.checks.sampling.mixing import one_ddim_step

__all__ = ["flow_step", "guided_eps", "one_ddim_step"]
