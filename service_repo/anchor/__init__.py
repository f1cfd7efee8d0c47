"""The anchor's signing side: a small TUF repository whose root keys stay off-line (DESIGN §5)."""
