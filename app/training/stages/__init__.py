"""One file a stage: pose VAE, depth to joints, generator, all together, adaptation."""
