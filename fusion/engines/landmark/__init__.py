"""The landmark engine: it moves the source's face onto the target's mesh. No weights, no GPU needed."""
