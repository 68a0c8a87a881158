"""The latent space explored without Qt: decoding, scores, directions, walks to files."""
