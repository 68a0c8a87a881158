"""Where depth frames come from: cameras, recordings, pictures, the demo; and the player of them."""
