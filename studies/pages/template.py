"""From a template to one HTML file that needs nothing else: styles, scripts and data inside."""

from __future__ import annotations

import base64
import hashlib
import json
import platform
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

import jinja2
from markupsafe import Markup

from ..version import program_version

LIBRARIES = ("numpy", "scipy")
"""Whose versions a page names beside the program's."""


@cache
def _environment() -> jinja2.Environment:
    # whatever a case says is text, never markup
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("studies", "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters["as_data"] = as_data
    return found


def render(template: str, **values: Any) -> str:
    """Fill a template of this folder.

    Raises
    ------
    jinja2.UndefinedError
        When the template names a value that is not given.
    """
    return _environment().get_template(template).render(values)


def page(template: str, script_names: Iterable[str] = ("report.js",), **values: Any) -> str:
    """Fill the template of a whole page: with its styles, its scripts, and who may run them."""
    scripts = [_source(script) for script in script_names]
    return render(
        template,
        style=Markup(_source("report.css")),
        scripts=[Markup(text) for text in scripts],
        script_hashes=[_hash(text) for text in scripts],
        versions=versions(),
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        **values,
    )


def as_data(value: Any) -> Markup:
    r"""A value as JSON for a script tag; text is taken for JSON that is ready.

    Nothing in it can end the tag: each ``<`` is written as JSON's escape, which reads the same.

    Examples
    --------
    >>> print(as_data(["</script>"]))
    ["\u003c/script>"]
    """
    text = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))


def versions() -> str:
    """The program, Python and the libraries that compute."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"waferflux {program_version()}, Python {platform.python_version()}, {libraries}"


def command_line(*words: str) -> str:
    """A command as typed into a shell.

    Examples
    --------
    >>> command_line("solve", "cs3", "--set", "coolant.flow=50 L/min")
    "waferflux solve cs3 --set 'coolant.flow=50 L/min'"
    """
    return shlex.join(["waferflux", *words])


def _source(name: str) -> str:
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0]


def _hash(text: str) -> str:
    """Of a script, as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
