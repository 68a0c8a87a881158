"""The hand and the camera that sees it: size, side, intrinsics, depth unit."""
