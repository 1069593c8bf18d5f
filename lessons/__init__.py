"""What a learner opens: tracks, lessons, simulations and questions."""
