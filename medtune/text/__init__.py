"""The text wing: conversations and clauses as cases."""
