"""`python -m genlab`: the command, for programs that start modules, such as `accelerate launch`."""

from genlab.course.cli import app

app()
