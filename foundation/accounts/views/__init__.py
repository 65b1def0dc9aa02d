"""Pages of the accounts: settings for staff, teams and keys, and each person's own."""
