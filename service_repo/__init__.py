"""The repository: publishes bundles as static files that any web server may serve, and that nobody has to trust."""
