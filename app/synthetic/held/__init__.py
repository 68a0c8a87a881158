"""Things in the hand: what is held, and how fingers close round it."""
