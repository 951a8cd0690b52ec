"""What a machine costs to run and to own, per kilowatt, month and hour."""

from __future__ import annotations

from dataclasses import dataclass

from .plant_settings import Cost

HOURS_PER_MONTH = 730.0
"""A twelfth of 8 760."""


@dataclass(frozen=True)
class Bill:
    """Costs of one system [USD].

    Attributes
    ----------
    power_per_kW_month, space_per_kW_month : float
        Per kilowatt paid for.
    operating_per_month, capital_per_month : float
        Of the system.
    """

    power_per_kW_month: float
    space_per_kW_month: float
    operating_per_month: float
    capital_per_month: float

    @property
    def per_kW_month(self) -> float:
        """Power and space."""
        return self.power_per_kW_month + self.space_per_kW_month

    @property
    def operating_per_hour(self) -> float:
        """Power and space of the system."""
        return self.operating_per_month / HOURS_PER_MONTH

    @property
    def capital_per_hour(self) -> float:
        """Instalments on the system."""
        return self.capital_per_month / HOURS_PER_MONTH

    @property
    def per_hour(self) -> float:
        """Everything."""
        return self.operating_per_hour + self.capital_per_hour


def bill(cost: Cost, kilowatts: float, pue: float) -> Bill:
    """What a system of ``kilowatts`` costs at a power usage effectiveness.

    Power: price x use x PUE x 730 h. Capital: equal instalments at the end of each month,
    ``P r / (1 - (1 + r)^-n)``, r a twelfth of the yearly interest.

    Examples
    --------
    >>> found = bill(Cost(capital_USD=478_178), kilowatts=30.0, pue=1.35)
    >>> round(found.power_per_kW_month, 2), round(found.capital_per_hour, 2)
    (68.59, 13.72)
    """
    power = cost.electricity_USD_per_kWh * cost.use * pue * HOURS_PER_MONTH
    rate = cost.interest_per_year / 12
    instalment = (cost.capital_USD or 0.0) * rate / (1 - (1 + rate) ** -cost.months)
    space = cost.space_USD_per_kW_month
    return Bill(power, space, (power + space) * kilowatts, instalment)


def systems_served(capacity_W: float, heat_per_system_W: float) -> int:
    """Whole systems whose heat a plant takes.

    Examples
    --------
    >>> systems_served(6000 * 3516.8528, 30e3)
    703
    """
    return int(capacity_W // heat_per_system_W)
