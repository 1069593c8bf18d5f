"""How fast the simulator is, measured against peers that run beside it: `make bench`."""
