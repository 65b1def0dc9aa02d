"""Service levels: calendars, versioned policies, the arithmetic of business time, and the abstract clock."""
