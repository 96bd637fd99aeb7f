"""Numbers in, advice out: what this machine has. Neither torch nor Streamlit."""
