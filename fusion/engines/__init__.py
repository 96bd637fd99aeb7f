"""The engines: from an aligned target face, a source identity and a ratio, a fused face and its mask."""
