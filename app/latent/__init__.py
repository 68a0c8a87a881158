"""The shared latent space in plain numpy: prior, density, walks, paths, files."""
