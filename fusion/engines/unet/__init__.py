"""The unet engine: ModelScope's UNet face-fusion model, run here part by part."""
