"""One recipe a preset: its sizes, its networks, how it is trained."""
