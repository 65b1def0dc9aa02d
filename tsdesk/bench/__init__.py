"""`./desk bench`: the desk's pages beside the least that Django and PostgreSQL could do for the same rows, in one run.

Prints ratios, never asserts a time: machines are shared and noisy.
"""
