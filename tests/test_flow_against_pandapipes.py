"""The flow network against pandapipes, an independent solver of pipe networks.

pandapipes brings pandapower and old versions of pandas with it, so `make pandapipes` runs this in
an environment of its own.
"""

import math

import pytest

from thermal.flow_laws import PipeLaw
from thermal.flow_network import Branch, FlowNetwork

pandapipes = pytest.importorskip(
    "pandapipes", reason="pandapipes is not installed; it is needed to check the flow network"
)

DENSITY, VISCOSITY, ROUGHNESS = 998.0, 1e-3, 0.1e-3
PIPES = {
    # length [m], inner diameter [m], ends
    "supply": (4.0, 0.032, "plant", "a"),
    "left": (3.0, 0.020, "a", "b"),
    "right": (5.0, 0.025, "a", "c"),
    "tie": (2.0, 0.016, "b", "c"),
    "left back": (6.0, 0.020, "b", "d"),
    "right back": (3.0, 0.016, "c", "d"),
}
DEMAND = {"d": 1.0e-3, "b": 0.3e-3}
"""What is drawn [m3/s]."""


def nikuradse(length, diameter):
    """pandapipes' own law, so that the networks alone are compared."""
    rough = 1 / (-2 * math.log10(ROUGHNESS / (3.71 * diameter))) ** 2

    def law(flow):
        velocity = flow / (math.pi * diameter**2 / 4)
        laminar = 32 * VISCOSITY * length * velocity / diameter**2
        return laminar + rough * length / diameter * DENSITY * velocity * abs(velocity) / 2

    return law


def theirs(friction):
    fluid = pandapipes.create_constant_fluid("coolant", "liquid", density=DENSITY,
                                             viscosity=VISCOSITY, heat_capacity=4184.0)  # fmt: skip
    net = pandapipes.create_empty_network(fluid=fluid)
    names = dict.fromkeys(end for pipe in PIPES.values() for end in pipe[2:])
    at = {n: pandapipes.create_junction(net, pn_bar=5.0, tfluid_k=293.15) for n in names}
    pandapipes.create_ext_grid(net, at["plant"], p_bar=5.0, t_k=293.15)
    for node, flow in DEMAND.items():
        pandapipes.create_sink(net, at[node], mdot_kg_per_s=flow * DENSITY)
    for name, (length, diameter, start, end) in PIPES.items():
        pandapipes.create_pipe_from_parameters(
            net, at[start], at[end], length_km=length / 1e3, inner_diameter_mm=diameter * 1e3,
            k_mm=ROUGHNESS * 1e3, name=name,
        )  # fmt: skip
    pandapipes.pipeflow(net, friction_model=friction, tol_m=1e-10, tol_p=1e-10, iter=200)
    flows = dict(zip(PIPES, net.res_pipe.mdot_from_kg_per_s / DENSITY, strict=True))
    pressures = dict(zip(names, (net.res_junction.p_bar - 5.0) * 1e5, strict=True))
    return flows, pressures


def ours(law):
    branches = [Branch(n, a, b, law(length, d)) for n, (length, d, a, b) in PIPES.items()]
    outside = {n: -flow for n, flow in DEMAND.items()} | {"plant": sum(DEMAND.values())}
    return FlowNetwork(branches, outside).solve()


def test_a_meshed_network_is_that_of_pandapipes():
    flows, pressures = theirs("nikuradse")
    state = ours(nikuradse)
    assert state.flow == pytest.approx(flows, rel=1e-6)
    assert state.pressure == pytest.approx(pressures, rel=1e-5, abs=1.0)


def test_hoses_by_churchill_are_near_pandapipes_with_colebrook():
    flows, pressures = theirs("colebrook")
    state = ours(lambda length, d: PipeLaw(length, d, ROUGHNESS, DENSITY, VISCOSITY))
    assert state.flow == pytest.approx(flows, rel=0.02)
    assert state.pressure["d"] == pytest.approx(pressures["d"], rel=0.04)
