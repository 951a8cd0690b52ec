"""What both heat and current live on: units, floorplan, materials, layers, grid and solver."""
