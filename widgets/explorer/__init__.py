"""The latent explorer: sliders, trackball, map, walks."""
