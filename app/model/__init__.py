"""The networks: pose VAE, alignment, generator, discriminator,
and the shared latent space between them.

Importing this package imports nothing: `app.model.latent` is plain numpy and must load without
torch.
"""
