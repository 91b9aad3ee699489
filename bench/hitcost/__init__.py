"""What a probe hit costs, in guest instructions."""
