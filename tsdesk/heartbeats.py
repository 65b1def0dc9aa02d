"""How often the processes of the desk say that they live."""

STALE_AFTER = {"worker": 30, "beat": 30, "auditor": 90}
"""Seconds without a heartbeat after which a process counts as dead. The auditor beats every 30 s, the others every 5 s."""
