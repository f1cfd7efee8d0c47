"""Communication: HTTP carrying sealed CBOR, at least once on the wire and exactly once in effect (DESIGN §9)."""
