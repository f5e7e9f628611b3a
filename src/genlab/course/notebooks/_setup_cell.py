# @title Setup: run this cell first { display-mode: "form" }
# Installs the course's package where it is missing, as on Colab. Nothing that is there already is
# changed: PyTorch and NumPy stay as they are, and so does a package of your own clone.
import importlib
import importlib.metadata as metadata
import json
import subprocess
import sys

ARCHIVE = ""
# Packages that this notebook needs and whose own dependencies it does not.
WITHOUT_DEPENDENCIES: list[str] = []
TEXTS = {
    "torch_stays": "The course asks for {requirement}; your torch {version} is left as it is.",
    "restart": "Restart the kernel: an older version of the package is loaded.",
    "ready": "genlab {version} is ready.",
}


def installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def origin() -> str | None:
    """Where the installed package came from: pip notes it in direct_url.json."""
    if installed("genlab") is None:
        return None
    return json.loads(metadata.distribution("genlab").read_text("direct_url.json") or "{}").get(
        "url"
    )


def missing() -> dict[str, str]:
    """The requirements that are not met, by the names of their packages."""
    from packaging.requirements import Requirement

    found = {}
    for requirement in map(Requirement, metadata.requires("genlab") or []):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        version = installed(requirement.name)
        if version and requirement.specifier.contains(version, prereleases=True):
            continue
        if version and requirement.name == "torch":
            print(TEXTS["torch_stays"].format(requirement=requirement, version=version))
            continue
        found[requirement.name] = str(requirement)
    return found


def pip_install(*what: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *what], check=True)
    importlib.invalidate_caches()


def set_up(archive: str, without_dependencies: list[str]) -> None:
    came_from = origin()
    if came_from != archive and not (came_from or "").startswith("file:"):
        # Without its dependencies: pip would replace a PyTorch that it finds too old.
        pip_install("--no-deps", "--force-reinstall", archive)
        if "genlab" in sys.modules:
            print(TEXTS["restart"])
    if lacking := missing():
        # Naming what is installed holds pip to it.
        present = {name: installed(name) for name in ("torch", "numpy") if name not in lacking}
        pip_install(*lacking.values(), *(f"{name}=={present[name]}" for name in present))
    for requirement in without_dependencies:
        if installed(requirement.split("==")[0]) is None:
            pip_install("--no-deps", requirement)
    print(TEXTS["ready"].format(version=installed("genlab")))


if ARCHIVE:
    set_up(ARCHIVE, WITHOUT_DEPENDENCIES)
