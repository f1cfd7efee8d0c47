"""The measurements of `make bench`: one file an area, each row against its limit in the same run."""
