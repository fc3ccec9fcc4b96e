"""Makes what the detector has learned: word lists, training texts and the model. Not needed to run the gateway."""
