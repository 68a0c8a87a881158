"""The rigged right hand: meshes, kinematics, joint centres, capsules, pose prior."""
