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
