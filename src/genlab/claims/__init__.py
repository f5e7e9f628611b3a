"""Where the numbers in the prose come from: one function a measurement, one record a run of it.

A page refers to a record by a role, lint holds the page to the record, and `make claims` runs all
measurements again.
"""
