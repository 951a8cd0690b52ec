"""Units at the door: text with a unit becomes an SI float, and nothing else gets in.

A physics dataclass annotates each field with the unit it holds inside, for example
``width: Length``. Built from Python it takes SI floats or text; read from a case file it takes
text only, so that no number in a file is without its unit.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
"""pydantic configuration of every physics dataclass: unknown keys and NaN are refused."""

_NUMBER_AND_UNIT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    # degC is an offset unit: '21 degC' is a point on the scale and converts as one
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


@lru_cache(maxsize=4096)
def parse_quantity(text: str, unit: str, example: str = "") -> float:
    """SI value of ``text`` such as ``"215 mm"``.

    Parameters
    ----------
    text : str
        A number followed by a unit.
    unit : str
        The SI unit that is meant, in pint's spelling.
    example : str
        A value shown to the user when the text is refused.

    Returns
    -------
    float
        The number in ``unit``.

    Raises
    ------
    ValueError
        When there is no number, no unit, an unknown unit or one of another dimension.

    Examples
    --------
    >>> parse_quantity("215 mm", "m")
    0.215
    >>> round(parse_quantity("21 degC", "K"), 2)
    294.15
    """
    import pint

    wanted = f"in {unit} is meant" if unit else "without a unit is meant"
    hint = f"a number {wanted}" + (f", such as '{example}'" if example else "")
    match = _NUMBER_AND_UNIT.match(text)
    if match is None:
        raise ValueError(f"found '{text}'; {hint}")
    number, unit_text = float(match[1]), match[2].removesuffix("/sq")
    if unit_text.startswith("/"):
        unit_text = "1" + unit_text
    if unit and not unit_text:
        raise ValueError(f"found '{text}' without a unit; {hint}")
    try:
        value = float(_registry().Quantity(number, unit_text).to(unit).magnitude)
    except pint.DimensionalityError:
        raise ValueError(f"found '{text}', a unit of another kind; {hint}") from None
    except Exception:
        raise ValueError(f"found '{text}', an unknown unit; {hint}") from None
    if not math.isfinite(value):
        raise ValueError(f"found '{text}'; a finite number {wanted}")
    return value


@lru_cache(maxsize=4096)
def split_quantity(text: str) -> tuple[float, str] | None:
    """Number and unit of a text, the unit as it is written; None where it is something else.

    Examples
    --------
    >>> split_quantity("50 L/min")
    (50.0, 'L/min')
    >>> split_quantity("4-way") is None
    True
    """
    match = _NUMBER_AND_UNIT.match(text)
    if match is None:
        return None
    number, unit = float(match[1]), match[2].removesuffix("/sq")
    if unit and (
        match[1].endswith(".") or not (unit[0].isalpha() or unit[0] in "/%\N{DEGREE SIGN}")
    ):
        return None  # as 50.csv and 4-way
    try:
        _registry().Unit("1" + unit if unit.startswith("/") else unit)
    except Exception:
        return None
    return (number, match[2]) if math.isfinite(number) else None


@dataclass(frozen=True)
class Quantity:
    """Validator of a float field that holds ``unit``; ``example`` is shown when it refuses."""

    unit: str
    example: str

    def __call__(self, value: Any, info: ValidationInfo) -> Any:
        """A float in the unit, from text or from a number."""
        unit, example = self.unit, self.example
        units_required = isinstance(info.context, dict) and info.context.get("units_required")
        if isinstance(value, str):
            try:
                return parse_quantity(value, unit, example)
            except ValueError as error:
                raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or units_required:
            raise PydanticCustomError(
                "quantity",
                "found {found}; a number in {unit} as text is meant, such as '{example}'",
                {"found": repr(value), "unit": unit, "example": example},
            )
        return value


def quantity(unit: str, example: str) -> BeforeValidator:
    """What makes a float field hold ``unit``."""
    written = {"type": "string", "unit": unit, "examples": [example]}
    return BeforeValidator(
        Quantity(unit, example), json_schema_input_type=Annotated[str, WithJsonSchema(written)]
    )


def unit_of(annotation: Any) -> str | None:
    """The SI unit that a field of this type holds; None where it holds a plain number.

    Examples
    --------
    >>> unit_of(Length | None)
    'm'
    """
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, BeforeValidator) and isinstance(part.func, Quantity):
            return part.func.unit
    found = (unit_of(part) for part in get_args(annotation))
    return next((unit for unit in found if unit is not None), None)


Length = Annotated[float, quantity("m", "0.3 mm"), Field(gt=0)]
Area = Annotated[float, quantity("m**2", "16 mm**2"), Field(gt=0)]
Temperature = Annotated[float, quantity("K", "21 degC"), Field(gt=0)]
"""A point on the scale; kelvin inside."""
Volume = Annotated[float, quantity("m**3", "40 L"), Field(gt=0)]
Time = Annotated[float, quantity("s", "2 s"), Field(gt=0)]
HeatFlux = Annotated[float, quantity("W/m**2", "50 W/cm**2")]
Conductivity = Annotated[float, quantity("W/m/K", "390 W/m/K"), Field(gt=0)]
Density = Annotated[float, quantity("kg/m**3", "998 kg/m**3"), Field(gt=0)]
HeatCapacity = Annotated[float, quantity("J/kg/K", "4184 J/kg/K"), Field(gt=0)]
Viscosity = Annotated[float, quantity("Pa*s", "0.001 Pa*s"), Field(gt=0)]
FilmCoefficient = Annotated[float, quantity("W/m**2/K", "20000 W/m**2/K"), Field(gt=0)]
ArealResistance = Annotated[float, quantity("m**2*K/W", "5 mm**2*K/W"), Field(ge=0)]
"""Temperature drop per heat flux."""
ThermalResistance = Annotated[float, quantity("K/W", "0.2 K/W"), Field(ge=0)]
Pressure = Annotated[float, quantity("Pa", "345 kPa"), Field(ge=0)]
Velocity = Annotated[float, quantity("m/s", "1.5 m/s"), Field(gt=0)]
FlowRate = Annotated[float, quantity("m**3/s", "100 L/min"), Field(gt=0)]
Power = Annotated[float, quantity("W", "25 kW"), Field(ge=0)]
Voltage = Annotated[float, quantity("V", "1 V"), Field(gt=0)]
Resistance = Annotated[float, quantity("ohm", "0.1 mohm"), Field(ge=0)]
SheetResistance = Annotated[float, quantity("ohm", "44 mohm/sq"), Field(ge=0)]
"""Ohm per square."""
ArealCurrent = Annotated[float, quantity("A/m**2", "1 A/mm**2"), Field(gt=0)]
"""Current per area, across a layer or along a conductor."""
LinearCurrent = Annotated[float, quantity("A/m", "10 mA/um"), Field(gt=0)]
"""Current along a sheet, per its width."""
ArealElectricalResistance = Annotated[float, quantity("ohm*m**2", "30 mohm*mm**2"), Field(ge=0)]
PerKelvin = Annotated[float, quantity("1/K", "0.015 /K")]
PerVolt = Annotated[float, quantity("1/V", "3 /V")]
Fraction = Annotated[float, Field(ge=0, le=1)]
"""A share between 0 and 1, written as a plain number."""
VoltageDrop = Annotated[float, quantity("V", "0.02 V"), Field(ge=0)]
"""A loss per current, or any voltage that may be nought."""
VoltageOffset = Annotated[float, quantity("V", "-5 mV")]
FlowCoefficient = Annotated[
    float, quantity("m**3/s/Pa**0.5", "10 gallon/minute/psi**0.5"), Field(gt=0)
]
"""A valve's Cv (US gallon per minute at 1 psi) or Kv; 'm**3/hour/bar**0.5' for the latter."""
Offset = Annotated[float, quantity("m", "5 mm"), Field(ge=0)]
"""A distance that may be nought."""
Inductance = Annotated[float, quantity("H", "5 pH"), Field(ge=0)]
"""Henry; of a sheet, per square."""
Capacitance = Annotated[float, quantity("F", "5.5 uF"), Field(gt=0)]
Frequency = Annotated[float, quantity("Hz", "20 kHz"), Field(gt=0)]
