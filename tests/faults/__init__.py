"""What may break in the world: each fault is made on real processes, and all that anybody saw of it
is checked afterwards. `bin/test-faults` makes them in full."""
