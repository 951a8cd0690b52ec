"""The low-voltage network of a solved case, its temperatures frozen: far slower than any droop."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from power.circuit import Circuit
from power.delivery import Delivery
from power.dynamic_network import DynamicNetwork
from power.loads import Loads
from power.network import NetworkState

from .build import Machine
from .case_file import CaseError, LoadedCase
from .coupled import Progress
from .operating_point import solve_with_loop

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FrozenNetwork:
    """A case's network at the temperatures of its steady state.

    Attributes
    ----------
    machine : Machine
    network : DynamicNetwork
    activity : float
        Of every block in the case's steady state.
    steady : NetworkState
        That state.
    """

    machine: Machine
    network: DynamicNetwork
    activity: float
    steady: NetworkState

    def block(self, name: str, option: str) -> int:
        """Number of a block by its name.

        Raises
        ------
        CaseError
            When there is no such block; names the option.
        """
        names = self.machine.floorplan.names
        if name not in names:
            raise CaseError(
                f"{option}: found '{name}'; a block is meant, {names[0]} to {names[-1]}"
            )
        return names.index(name)


def freeze(
    loaded: LoadedCase, constant_current: bool = False, progress: Progress | None = None
) -> FrozenNetwork:
    """Solve a case and freeze its temperatures.

    Parameters
    ----------
    loaded : LoadedCase
    constant_current : bool
        The blocks draw their steady currents whatever their voltage, instead of by the case's law.

    Raises
    ------
    CaseError
        When the case does not say what its network stores, its bricks do not regulate last, or one
        is held at its limit.
    NoSolution
        When it has no steady state.
    """
    delivery = loaded.case.delivery
    if delivery is None or delivery.dynamics is None:
        raise CaseError(
            f"{loaded.name}: delivery.dynamics: missing; inductances and capacitances are meant"
        )
    _check_bricks(loaded, delivery)
    delivery = replace(delivery, sheets=None)
    loaded, coupled = solve_with_loop(loaded.per_block(), progress)
    machine = coupled.machine
    steady, loads = coupled.drawn.network, loaded.case.loads
    assert steady is not None
    assert loads is not None
    nominal, activity = machine.power_map.block_power, steady.activity
    if constant_current:
        loads = Loads(law="constant current", nominal_voltage=loads.nominal_voltage)
        nominal, activity = steady.block_current * loads.nominal_voltage, 1.0
    # the state's own temperatures and bricks; only what the blocks draw may be another law's
    site = replace(steady.circuit.site, nominal_power=nominal)
    circuit = Circuit(delivery, loads, site, steady.circuit.shut)
    assert delivery.dynamics is not None
    network = DynamicNetwork(circuit, delivery.dynamics)
    _check_rest(loaded.name, network, activity, steady)
    return FrozenNetwork(machine, network, activity, steady)


def _check_bricks(loaded: LoadedCase, delivery: Delivery) -> None:
    try:
        _ = delivery.bricks.last_regulator
    except ValueError as error:
        raise CaseError(f"{loaded.name}: {error}") from None


def _check_rest(name: str, network: DynamicNetwork, activity: float, steady: NetworkState) -> None:
    """Refuse a case whose state at rest has what the network in time does not know."""
    rest = network.at_rest(np.full(network.blocks, activity))[network.load_voltage]
    if not np.allclose(rest, steady.block_voltage, rtol=1e-6, atol=0):
        raise CaseError(
            f"{name}: delivery.bricks: found one held at its current limit; droops and impedances "
            "need bricks that regulate"
        )
