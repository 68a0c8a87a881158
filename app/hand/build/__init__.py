"""How the committed assets were made: meshes, shape space, pose prior. Not needed at run time."""
