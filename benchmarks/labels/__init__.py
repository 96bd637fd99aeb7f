"""What the labels of a picture are worth: the visible one, and the marks in the file."""
