"""What every page shares: how figures and times are written, the small marks, each reader's preferences."""
