"""Who answers the requests of confined bundles: one handler a role, to be put behind a broker."""
