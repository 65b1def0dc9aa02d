"""What every floor stands on: audit, accounts, workflow, sla, notifications, escalation. Knows nothing of cases."""
