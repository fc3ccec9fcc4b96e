"""The rights of pupil and guardians: who asks, the term, the decision, the letters. PR11, PR13, PRage; AVG 12-21."""
