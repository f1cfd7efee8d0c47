"""Credentials in a host: what an issuer keeps, what a holder's wallet keeps, what a verifier looks up."""
