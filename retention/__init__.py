"""Legal terms, holds, purge plans and destruction certificates: pure calendar and planning."""
