"""What a hospital's films look like, measured on films without labels."""
