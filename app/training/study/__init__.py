"""What few labels, unlabelled crops and each loss are worth."""
