"""What the simulator and the site cost, measured: against peers that run beside them, as ratios. `make bench`."""
