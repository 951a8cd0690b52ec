"""Version of the installed program."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Version as installed, or ``"unknown"`` when run from a bare copy of the source."""
    try:
        return version("waferflux")
    except PackageNotFoundError:
        return "unknown"
