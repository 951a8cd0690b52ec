"""Studies: cases, the coupled solution, what it says, and the command line."""
