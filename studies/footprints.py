"""Where the layers lie: the outer rectangle of the stack, and each layer's footprint in it.

The outer rectangle is as wide as the widest of device and solid layers, and as high as the highest.
A solid layer that says nothing lies where the device does; the fin zone spans the outer rectangle.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from geometry.footprint import Rectangle
from thermal.contact import ContactLayer

if TYPE_CHECKING:
    from .case import Case


def outer_size(case: Case) -> tuple[float, float]:
    """Width and height of the outer rectangle [m]."""
    width, height = case.device.width, case.device.height
    for layer in case.layers.values():
        if _is_solid(layer):
            width = max(width, getattr(layer, "width", None) or 0.0)
            height = max(height, getattr(layer, "height", None) or 0.0)
    return width, height


def outer_rectangle(case: Case) -> Rectangle:
    """The rectangle that the grid spans [m]."""
    width, height = outer_size(case)
    return Rectangle(0.0, width, 0.0, height)


def device_footprint(case: Case) -> Rectangle:
    """Where the device lies [m]."""
    return _place(case, case.device, None)


def footprint(case: Case, name: str) -> Rectangle | None:
    """Where a layer lies [m]; None for all of the outer rectangle, or all that its layers share."""
    layer: Any = case.layers[name]
    said = any(
        getattr(layer, key, None) is not None for key in ("width", "height", "x_offset", "y_offset")
    )
    if not _is_solid(layer):
        # a fin zone spans the whole, a contact what its two layers share
        return _place(case, layer, device_footprint(case)) if said else None
    device = device_footprint(case)
    found = _place(case, layer, device) if said else device
    return None if found.holds(outer_rectangle(case)) else found


def contact_area(case: Case, name: str) -> float:
    """Area on which a contact's two layers meet [m2]."""
    names = list(case.layers)
    at = names.index(name)
    common = outer_rectangle(case)
    for other in names[at - 1 : at + 2]:
        common = common.overlap(footprint(case, other) or common)
    return common.area


def check_footprints(case: Case) -> None:
    """Refuse footprints that do not fit each other.

    Raises
    ------
    ValueError
        When one reaches outside, leaves a part of the device bare where its heat goes, or does not
        meet its neighbour.
    """
    outer = outer_rectangle(case)
    size = f"{outer.x1 * 1e3:g} mm x {outer.y1 * 1e3:g} mm"
    places = {f"layers.{name}": footprint(case, name) for name in case.layers}
    for key, place in ({"device": device_footprint(case)} | places).items():
        if place is not None and not outer.holds(place):
            raise ValueError(
                f"{key}: found x from {place.x0 * 1e3:g} to {place.x1 * 1e3:g} mm and y from "
                f"{place.y0 * 1e3:g} to {place.y1 * 1e3:g} mm; inside the outer rectangle of "
                f"{size} is meant"
            )
    _check_heated(case)
    for name in case.layers:
        layer = case.layers[name]
        if isinstance(layer, ContactLayer) and not contact_area(case, name) > 0:
            raise ValueError(f"layers.{name}: found no area that both its layers share with it")
    names = list(case.layers)
    for upper, lower in pairwise(names):
        above, below = places[f"layers.{upper}"] or outer, places[f"layers.{lower}"] or outer
        if not above.overlap(below).area > 0:
            raise ValueError(f"layers.{lower}: found no area that it shares with layers.{upper}")


def _check_heated(case: Case) -> None:
    """Every layer that takes the blocks' heat lies under the whole device."""
    names = list(case.layers)
    heated = {
        "heat.at": {"top face": names[0], "bottom face": names[-1]}.get(case.heat.at, case.heat.at)
    }
    for part, name in vars(case.loss_layers).items():
        if name is not None:
            heated[f"loss_layers.{part}"] = name
    heated |= {f"heat.layers.{name}": name for name in case.heat.layers}
    device = device_footprint(case)
    for key, name in heated.items():
        place = footprint(case, name)
        if place is not None and not place.holds(device):
            raise ValueError(f"{key}: found layers.{name}, which leaves a part of the device bare")


def _is_solid(layer: object) -> bool:
    return hasattr(layer, "law") and not hasattr(layer, "pitch")


def _place(case: Case, what: Any, default: Rectangle | None) -> Rectangle:
    """Its rectangle: centred where it has no offset, the default's where it says nothing."""
    width, height = outer_size(case)
    x = None if default is None else (default.x0, default.x1)
    y = None if default is None else (default.y0, default.y1)
    return Rectangle(
        *_interval(what.width, what.x_offset, width, x),
        *_interval(what.height, what.y_offset, height, y),
    )


def _interval(
    length: float | None, offset: float | None, outer: float, default: tuple[float, float] | None
) -> tuple[float, float]:
    if length is None and default is not None:
        if offset is None:
            return default
        length = default[1] - default[0]
    assert length is not None
    low = (outer - length) / 2 if offset is None else offset
    return low, low + length
