"""Who asks, what they may see, passwords, and how often somebody may do something."""
