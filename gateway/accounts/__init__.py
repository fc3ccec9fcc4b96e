"""People, organisations and tenants: who they are, how they come in, and when they are out again."""
