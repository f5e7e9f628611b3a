"""The beta slider."""
