"""The rule of the protocol, tested under interleavings that Hypothesis chooses."""
