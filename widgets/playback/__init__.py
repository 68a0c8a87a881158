"""The player: transport bar and timeline."""
