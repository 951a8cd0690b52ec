"""States of a machine that has lost parts: from the block responses, or solved in full."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geometry.errors import NoSolution
from power.network import NetworkState
from thermal.contact import ContactLayer

from .answer import Answer
from .build import Machine, build
from .coupled import solve_coupled, solve_delivery
from .failure_parts import THERMAL, Failure, contact_layer, delivery_of
from .failure_response import Response, heat_of

Array = NDArray[np.float64]

KELVIN = 1e-5
"""Change of temperature at which heat and power agree [K]."""
MOST_ROUNDS = 40


@dataclass(frozen=True)
class State:
    """A faulted machine at an activity.

    ``hottest`` is the hottest point of each block [K].
    """

    network: NetworkState
    hottest: Array


class Faults:
    """Solves the faulted states of one machine.

    Parameters
    ----------
    answer : Answer
        Of the case as it is.
    response : Response
        About it.
    """

    def __init__(self, answer: Answer, response: Response) -> None:
        self.loaded, self.response = answer.loaded, response
        self.machine = answer.coupled.machine
        network = answer.coupled.drawn.network
        assert network is not None
        self.healthy = State(network, answer.block_temperature_max)

    def machine_with(self, failure: Failure) -> Machine:
        """The machine with the failure's parts lost."""
        delivery = delivery_of(self.loaded)
        lost = replace(delivery, outage=failure.outage(delivery.outage))
        machine = self._without_contacts(failure) if failure.is_thermal else self.machine
        return replace(machine, case=replace(machine.case, delivery=lost))

    def _without_contacts(self, failure: Failure) -> Machine:
        """The machine whose blocks have lost their thermal contact, by ``block_factors``."""
        name = contact_layer(self.loaded.case)
        assert name is not None
        contact = self.loaded.case.layers[name]
        assert isinstance(contact, ContactLayer)
        factor = delivery_of(self.loaded).outage.contact_factor
        lost = {self.machine.floorplan.names[b]: factor for b in failure.numbers(THERMAL)}
        factors = dict(contact.block_factors or {}) | lost
        return build(self.loaded.with_values({f"layers.{name}.block_factors": factors}))

    def quick(
        self, machine: Machine, activity: float, near: State, kelvin: float = KELVIN
    ) -> State:
        """The state with temperatures by the responses.

        Parameters
        ----------
        machine : Machine
            From ``machine_with``, without thermal contacts lost.
        activity : float
        near : State
            From which to begin.
        kelvin : float
            Change of temperature at which to stop [K].

        Raises
        ------
        NoSolution
            As ``solve_network``, and when heat and power do not come to rest.
        """
        machine = replace(machine, activity=activity)
        response, network = self.response, near.network
        has_bricks = machine.case.loss_layers.bricks is not None
        wafer, board, bricks = response.at(heat_of(machine, network))
        for _ in range(MOST_ROUNDS):
            own = bricks if has_bricks else None
            network = solve_delivery(machine, wafer, board, own, network)
            heat = heat_of(machine, network)
            new_wafer, new_board, new_bricks = response.at(heat)
            # leakage follows the temperature: Newton's method for what that adds
            gain = np.eye(wafer.size) - response.own * network.block_power_per_kelvin
            step = np.linalg.solve(gain, new_wafer - wafer)
            moved = max(np.abs(d).max() for d in (step, new_board - board, new_bricks - bricks))
            wafer, board, bricks = wafer + step, new_board, new_bricks
            if moved < kelvin:
                return State(network, response.hottest(heat))
        raise NoSolution(f"heat and power did not come to rest in {MOST_ROUNDS} rounds")

    def full(self, machine: Machine, activity: float) -> State:
        """The state by a full solution of the temperature field.

        Raises
        ------
        NoSolution
            As ``solve_coupled``.
        """
        coupled = solve_coupled(replace(machine, activity=activity))
        assert coupled.drawn.network is not None
        answer = Answer(self.loaded, coupled, None, 0.0)
        return State(coupled.drawn.network, answer.block_temperature_max)

    def error(self, failure: Failure, quick: State) -> tuple[float, float]:
        """Largest difference of a quick state to the full solution of the same fault [K, V]."""
        full = self.full(self.machine_with(failure), quick.network.activity)
        kelvin = np.abs(full.hottest - quick.hottest).max()
        volt = np.abs(full.network.block_voltage - quick.network.block_voltage).max()
        return float(kelvin), float(volt)
