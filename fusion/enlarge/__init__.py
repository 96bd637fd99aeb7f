"""Enlarging a picture: by a network where one is installed, by plain interpolation everywhere."""
