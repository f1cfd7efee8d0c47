"""All cryptography of the host; nothing outside this folder imports a cryptographic library."""
