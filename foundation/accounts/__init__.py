"""Staff and integrations: who they are, their teams and roles, what a role may do and see, and how they sign in."""
