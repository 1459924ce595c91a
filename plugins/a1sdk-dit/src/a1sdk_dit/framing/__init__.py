"""The model's picture in the portrait, and the way back."""
