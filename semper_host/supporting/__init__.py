"""The supporting services of the paper: preferences, archive, communication, cryptographic, trusted user interface."""
