"""Second opinion: one case from request to signed advice, under a convenant (CV2-CV10, SO1-SO4)."""
