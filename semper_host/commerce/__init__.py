"""The commerce layer: terms of business parsed, proved, projected to a role and watched while they run."""
