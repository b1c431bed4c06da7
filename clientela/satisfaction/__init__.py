"""What customers answered. A response belongs to a visit; who attended is attributed, not guessed later."""
