"""The command `fusewise`: `run` starts the web app; the others are the command lines of fusion and advisor."""
