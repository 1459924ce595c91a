"""Pictures between the model's own."""
