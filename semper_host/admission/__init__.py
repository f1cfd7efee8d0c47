"""Admission: from bytes, trust roots and the time to a decision on what a bundle may do. Pure (DESIGN §5)."""
