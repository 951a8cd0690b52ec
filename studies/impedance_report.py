"""What is handed over of an impedance: lines for a terminal, numbers for JSON, and CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from power.impedance import Peak

from .words import frequency_as_text, ohms_as_text

if TYPE_CHECKING:
    from .impedance import ImpedanceAnswer

Curve = tuple[str, NDArray[np.complex128]]


def curves_of(answer: ImpedanceAnswer) -> dict[str, Curve]:
    """Words and values of each curve by its key."""
    name = answer.names[answer.block]
    curves: dict[str, Curve] = {
        "alone": (f"{name}, drawing alone", answer.alone),
        "together": (f"{name}, all blocks drawing", answer.together),
    }
    if answer.transfer is not None and answer.other is not None:
        curves["transfer"] = (f"from {name} to {answer.names[answer.other]}", answer.transfer)
    return curves


def summary(answer: ImpedanceAnswer) -> dict[str, Any]:
    """Headline numbers and series; every key names its unit. JSON can hold them."""
    found: dict[str, Any] = {
        "case": answer.loaded.name,
        "title": answer.loaded.case.title,
        "block": answer.names[answer.block],
        "to": None if answer.other is None else answer.names[answer.other],
        "target_ohm": answer.target,
        "above_target_Hz": [list(band) for band in answer.above_target],
        "peaks": [_peak(peak) for peak in answer.peaks],
        "peaks_together": [_peak(peak) for peak in answer.peaks_together],
        "unknowns": answer.frozen.network.size,
        "solve_seconds": answer.solve_seconds,
        "frequency_Hz": answer.frequency.tolist(),
    }
    for key, (_, values) in curves_of(answer).items():
        found[f"{key}_magnitude_ohm"] = np.abs(values).tolist()
        found[f"{key}_phase_deg"] = np.degrees(np.angle(values)).tolist()
    return found


def _peak(peak: Peak) -> dict[str, Any]:
    return {
        "frequency_Hz": peak.frequency,
        "magnitude_ohm": peak.impedance,
        "parts": peak.words,
        "inductance_shares": peak.inductances,
        "capacitance_shares": peak.capacitances,
    }


def write_csv(answer: ImpedanceAnswer, path: str | Path) -> None:
    """A row per frequency: magnitude and phase of each curve."""
    header, columns = ["frequency_Hz"], [answer.frequency]
    for key, (_, values) in curves_of(answer).items():
        header += [f"{key}_magnitude_ohm", f"{key}_phase_deg"]
        columns += [np.abs(values), np.degrees(np.angle(values))]
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([f"{v:.9g}" for v in row] for row in np.column_stack(columns))


def summary_lines(answer: ImpedanceAnswer) -> list[str]:
    """The answer in a few lines for a terminal."""
    curves = curves_of(answer)
    lines = [answer.loaded.case.title]
    for key, peaks in (("alone", answer.peaks), ("together", answer.peaks_together)):
        words, values = curves[key]
        lines.append(f"  {words}: {ohms_as_text(abs(values[0]))} at 1 kHz; peaks")
        lines += [
            f"    {ohms_as_text(peak.impedance):>10} at {frequency_as_text(peak.frequency):>8}  "
            f"{peak.words}"
            for peak in peaks
        ] or ["    none"]
    if answer.transfer is not None:
        words, values = curves["transfer"]
        top = int(np.argmax(np.abs(values)))
        lines.append(
            f"  {words}: {ohms_as_text(abs(values[0]))} at 1 kHz, at most "
            f"{ohms_as_text(abs(values[top]))} at {frequency_as_text(answer.frequency[top])}"
        )
    if answer.target is not None:
        bands = " and ".join(
            f"{frequency_as_text(low)} to {frequency_as_text(high)}"
            for low, high in answer.above_target
        )
        verdict = f"exceeded from {bands}" if bands else "kept at every frequency"
        lines.append(f"  target of {ohms_as_text(answer.target)}: {verdict}")
    unknowns, count = answer.frozen.network.size, len(answer.frequency)
    lines.append(f"  {unknowns} unknowns, {count} frequencies; {answer.solve_seconds:.1f} s")
    return lines
