"""Run the named benchmarks, or all: `python -m benchmarks [NAME ...]`."""

import sys

from benchmarks import autoencoder, lighthouse, loading, shift, widgets

BENCHMARKS = {
    "autoencoder": autoencoder.main,
    "widgets": widgets.main,
    "loading": loading.main,
    "lighthouse": lighthouse.main,
    "shift": shift.main,
}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    for name in names or BENCHMARKS:
        print(f"== {name}")
        BENCHMARKS[name]()


main(sys.argv[1:])
