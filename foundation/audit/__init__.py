"""The trail: one append-only record of everything that happened, sealed in a hash chain.

Lowest floor of the house: actors and subjects are plain values here, never foreign keys, so that an
entry outlives whatever it speaks of.
"""
