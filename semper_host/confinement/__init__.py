"""Confinement: bundles run in locked worker processes; one door, the broker, leads out (DESIGN §5)."""
