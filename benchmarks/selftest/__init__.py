"""What the self-test compares with, written anew."""
