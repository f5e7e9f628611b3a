"""From the course's source to its site, its notebooks and its checks: the `genlab` command."""
