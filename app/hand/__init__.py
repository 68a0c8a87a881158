"""The rigged CC0 right hand: mesh, kinematics, renderer, pose prior, sensor model, crops."""
