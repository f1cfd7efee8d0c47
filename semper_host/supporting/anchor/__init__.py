"""The anchor: a small TUF repository that says which log, witnesses and revocations count (DESIGN §5). Client side."""
