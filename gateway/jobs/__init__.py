"""Work for the background: its state in our own table, so that a killed process loses nothing."""
