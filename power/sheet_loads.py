"""Loads of every cell: the blocks' law at the cell's own voltage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.grid import Array

from .loads import Loads


@dataclass(frozen=True)
class LawLoads:
    """Cells that draw by a law of ``Loads``.

    Parameters
    ----------
    law : Loads
    nominal_power : array (ny, nx)
        Of each cell at nominal voltage, leakage temperature and activity 1 [W].
    temperature : array (ny, nx)
        That sets the leakage [K].
    activity : float
        Factor on the switching power.
    """

    law: Loads
    nominal_power: Array
    temperature: Array
    activity: float = 1.0

    def power(self, voltage: Array) -> Array:
        """[W]."""
        return self.law.power(self.nominal_power, voltage, self.temperature, self.activity)

    def current(self, voltage: Array) -> Array:
        """[A]."""
        return self.power(voltage) / voltage

    def current_per_volt(self, voltage: Array) -> Array:
        """``dI/dV = (dP/dV - I) / V`` [A/V]."""
        per_volt = self.law.power_per_volt(
            self.nominal_power, voltage, self.temperature, self.activity
        )
        return (per_volt - self.current(voltage)) / voltage


@dataclass(frozen=True)
class GivenCurrent:
    """Cells that draw a given current, whatever their voltage.

    Parameters
    ----------
    amperes : array (ny, nx)
        [A].
    """

    amperes: Array

    def current(self, voltage: Array) -> Array:
        """[A]."""
        return np.broadcast_to(self.amperes, voltage.shape)

    def current_per_volt(self, voltage: Array) -> Array:
        """Nought [A/V]."""
        return np.zeros(voltage.shape)
