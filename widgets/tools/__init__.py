"""Programs about the window: measuring, random use, screenshots."""
