"""The networks of the course, one file an architecture."""
