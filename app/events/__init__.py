"""What readers are told: the payloads of events, and the one module that emits them."""
