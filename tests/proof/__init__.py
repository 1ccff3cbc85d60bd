"""The proof of the one rule: every interleaving that Hypothesis can think of."""
