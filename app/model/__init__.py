"""The networks: pose VAE, alignment, generator, discriminator,
and the shared latent space between them.

Importing this package imports nothing: `app.latent.space` is plain numpy and must load without
torch.
"""
