"""Checks for the exercises of the page *The transformer block*."""

from genlab.checks.transformer_block.looking import attention, causal_mask
from genlab.checks.transformer_block.parameters import count
from genlab.checks.transformer_block.remembering import kv_cache

__all__ = ["attention", "causal_mask", "count", "kv_cache"]
