"""Numbers as an engineer reads them."""


def watts_as_text(watts: float) -> str:
    """Three or four digits, in the prefix that suits.

    Examples
    --------
    >>> watts_as_text(29360.0), watts_as_text(84.13), watts_as_text(0.0034)
    ('29.36 kW', '84.1 W', '3.4 mW')
    """
    if abs(watts) >= 1e3:
        return f"{watts / 1e3:.2f} kW"
    if abs(watts) >= 0.1:
        return f"{watts:.1f} W" if abs(watts) < 100 else f"{watts:.0f} W"
    return f"{watts * 1e3:.2g} mW"


def _with_prefix(value: float, unit: str) -> str:
    for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"),
                           (1e-6, "u"), (1e-9, "n")):  # fmt: skip
        if abs(value) >= factor * (1 - 5e-4):
            return f"{value / factor:.3g} {prefix}{unit}"
    return f"{value * 1e12:.3g} p{unit}"


def time_as_text(seconds: float) -> str:
    """Three digits, in the prefix that suits.

    Examples
    --------
    >>> time_as_text(8.524e-9), time_as_text(2.2e-6)
    ('8.52 ns', '2.2 us')
    """
    return _with_prefix(seconds, "s")


def frequency_as_text(hertz: float) -> str:
    """Three digits, in the prefix that suits.

    Examples
    --------
    >>> frequency_as_text(30348750.0)
    '30.3 MHz'
    """
    return _with_prefix(hertz, "Hz")


def ohms_as_text(ohms: float) -> str:
    """Three digits, in the prefix that suits.

    Examples
    --------
    >>> ohms_as_text(0.00914), ohms_as_text(5e-5)
    ('9.14 mohm', '50 uohm')
    """
    return _with_prefix(ohms, "ohm")


def minutes_as_text(seconds: float) -> str:
    """Seconds or minutes with a sensible number of digits.

    Examples
    --------
    >>> minutes_as_text(6.8), minutes_as_text(258.0), minutes_as_text(1800.0)
    ('6.8 s', '4.3 min', '30 min')
    """
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.2g} min" if seconds < 600 else f"{seconds / 60:.0f} min"
