"""The networks of the ModelScope face-fusion model, made ready for inference.

Their structure and their checkpoints' names come from the package `modelscope`; what is computed here is the same
function with everything that does not change between two pictures worked out once, while loading.
"""
