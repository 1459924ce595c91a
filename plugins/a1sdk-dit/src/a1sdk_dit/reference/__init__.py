"""What the released scripts do around the model, for comparison."""
