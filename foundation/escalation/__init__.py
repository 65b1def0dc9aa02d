"""Escalations: policies of levels, pages to people until somebody acknowledges, and never silence."""
