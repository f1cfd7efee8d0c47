"""Books that only grow: a bank's double entry, and a trustee's docket."""
