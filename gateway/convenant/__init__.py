"""Convenants: parties, text, signatures, contact persons, agreements, notice; and who may exchange what with whom."""
