"""The `genlab` command: each step from the course's source to its site and notebooks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from genlab.course.edition import edition_named
from genlab.course.errors import CourseError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Root = Annotated[Path, typer.Option(help="The course's root folder.", file_okay=False)]
HERE = Path()
EditionName = Annotated[
    str,
    typer.Option(
        "--edition",
        envvar="GENLAB_EDITION",
        help="The language of a translated edition, such as zh-TW; the first edition, if empty.",
    ),
]


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Register a command; an error of ours becomes one message and exit code 1."""

    @functools.wraps(function)
    def wrapped(*args: Any, **options: Any) -> None:
        try:
            function(*args, **options)
        except CourseError as error:
            typer.echo(f"genlab {function.__name__.replace('_', '-')}: {error}", err=True)
            raise typer.Exit(1) from error

    return app.command()(wrapped)


@command
def book(root: Root = HERE, edition: EditionName = "") -> None:
    """Execute the pages that need it and build the site into _build/html."""
    from genlab.course.build.book import build_book

    build_book(root, edition_named(edition))


@command
def budget(root: Root = HERE, edition: EditionName = "") -> None:
    """Hold what the pages took when they were last executed to the budgets; 1 if one is over."""
    from genlab.course.build.book import judge_costs

    typer.echo(judge_costs(root, edition_named(edition)))


@command
def measure_page(
    page: Annotated[str, typer.Argument(help="As in _toc.yml, such as book/latents/vae.")],
    root: Root = HERE,
    edition: EditionName = "",
) -> None:
    """Execute one page again and keep what it took: for a measurement that was disturbed."""
    from genlab.course.build import book as tool

    typer.echo(tool.measure_page(root, page, edition_named(edition)))


@command
def sync(
    check: Annotated[bool, typer.Option(help="Only list what is stale.")] = False,
    root: Root = HERE,
    edition: EditionName = "",
) -> None:
    """Fill the page cells that start with `# from genlab.x: Name` from the package."""
    from genlab.course import sync as tool

    if check:
        tool.check(root, edition_named(edition))
        return
    for cell in tool.sync(root, edition_named(edition)):
        typer.echo(f"{cell.page}:{cell.cell.line}: filled")


@command
def notebooks(
    check: Annotated[bool, typer.Option(help="Only list what is stale.")] = False,
    root: Root = HERE,
    edition: EditionName = "",
) -> None:
    """Write the notebooks from the pages and the outputs of their execution."""
    from genlab.course.notebooks.export import check_notebooks, write_notebooks

    if check:
        check_notebooks(root, edition=edition_named(edition))
        return
    for path in write_notebooks(root, edition=edition_named(edition)):
        typer.echo(f"{path}: written")


@command
def train(
    names: Annotated[
        list[str] | None, typer.Argument(help="All that are missing, if none.")
    ] = None,
    shards: Annotated[
        int,
        typer.Option(
            min=0,
            help="Parts that each batch is cut into; with several processes one each, if 0. "
            "Equal parts give equal losses, on one process or on several.",
        ),
    ] = 0,
    source: Annotated[
        str,
        typer.Option(help="embedded (4,000 digits), or hub (50,000; the network must be there)."),
    ] = "embedded",
) -> None:
    """Train the checkpoints of the given names; an interrupted run goes on where it was.

    On several processes or graphics cards: accelerate launch -m genlab train NAME.
    """
    from genlab.data import known_source
    from genlab.recipes.run import train_checkpoints

    try:
        train_checkpoints(names or None, shards=shards, source=known_source(source))
    except (ValueError, RuntimeError) as error:
        raise CourseError(str(error)) from error


@command
def measure(
    names: Annotated[
        list[str] | None, typer.Argument(help="Checkpoints; all of them, if none.")
    ] = None,
    sets: Annotated[int, typer.Option(help="Sets of 500 samples, one a seed: 5 to 100.")] = 5,
    first_seed: Annotated[int, typer.Option(help="Seed of the first set; the others follow.")] = 0,
) -> None:
    """Measure checkpoints anew, by their recipes; the weights stay as they are."""
    from genlab import checkpoints
    from genlab.recipes.run import measure_checkpoint, sampling_seeds

    try:
        seeds = sampling_seeds(sets, first_seed)
        for name in names or checkpoints.names():
            measure_checkpoint(name, seeds=seeds)
    except (ValueError, checkpoints.CheckpointError) as error:
        raise CourseError(str(error)) from error


@command
def claims(
    names: Annotated[
        list[str] | None, typer.Argument(help="Such as vae/gap; all of them, if none.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Only list what is recorded.")] = False,
    root: Root = HERE,
) -> None:
    """Measure again what the prose claims, and record it in claims/."""
    from genlab.claims import ledger

    try:
        for entry in (
            ledger.read_ledger(root).values() if show else ledger.record(names or [], root)
        ):
            values = ", ".join(f"{name} {value}" for name, value in entry.values.items())
            typer.echo(f"{entry.name} ({entry.seconds} s): {values}")
    except ledger.LedgerError as error:
        raise CourseError(str(error)) from error


@command
def lint(root: Root = HERE, edition: EditionName = "") -> None:
    """Check the course's own conventions, and how much of the pages nbval compares."""
    from genlab.course.lint import conventions as tool
    from genlab.course.lint.coverage import coverage_table

    findings, coverage = tool.lint(root, edition_named(edition))
    if coverage:
        typer.echo(coverage_table(coverage))
    if findings:
        raise CourseError("\n".join([f"{len(findings)} finding(s)", *map(str, findings)]))


@command
def stamp(
    repository: Annotated[str, typer.Option(help="owner/name on GitHub.")],
    commit: Annotated[str, typer.Option(help="Full hash of the commit.")],
    out: Annotated[Path, typer.Option(help="An empty or new folder.", file_okay=False)],
    site_url: Annotated[str, typer.Option(help="Base URL of the site, if it is known.")] = "",
    root: Root = HERE,
    edition: EditionName = "",
) -> None:
    """Write the notebooks as they are published: with their package and absolute links."""
    from genlab.course.notebooks.publish import Stamp, stamp_notebooks

    sources = Stamp(repository, commit, site_url, edition_named(edition))
    for path in stamp_notebooks(root, sources, out):
        typer.echo(f"{out / path}: written")
