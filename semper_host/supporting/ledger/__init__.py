"""The ledger: double entry for the bank sides of payment systems."""
