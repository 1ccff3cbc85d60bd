"""Each fault is caused in real server processes; afterwards everything that the clients showed and
received is checked. `bin/test-faults` runs them in full."""
