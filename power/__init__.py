"""Power delivery: supplies, converters, boards, wafer grid and the network that joins them."""
