"""Benchmarks: two things compared in one run, reported as a ratio. `make bench` runs them."""
