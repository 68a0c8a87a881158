"""The networks: pose VAE, alignment, generator, discriminator, and their recipes.

Importing this package imports nothing: `app.latent.space` is plain numpy and must load without
torch.
"""
