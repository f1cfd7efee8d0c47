"""The repository's log: one append-only Merkle tree of everything that publishers and authorities say."""
