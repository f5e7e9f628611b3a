"""Checks for the exercises of the page *Language models*."""

from genlab.checks.language_models.choosing import temperature, top_p_filter
from genlab.checks.language_models.surprise import perplexity

__all__ = ["perplexity", "temperature", "top_p_filter"]
