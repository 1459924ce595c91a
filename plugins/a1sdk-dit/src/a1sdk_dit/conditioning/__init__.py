"""The landmark pictures that the model was trained on."""
