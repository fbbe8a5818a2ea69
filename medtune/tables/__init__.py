"""What flows between the stages: plain tables with declared columns that anyone can open."""
