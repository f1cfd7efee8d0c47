"""Values that every layer speaks: money, items, requests, grants, outcomes, errors, and their one encoding."""
