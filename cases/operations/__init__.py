"""Every write to a case and to what hangs off it, one function per verb."""
