"""Motion from speech: phones, visemes, coarticulation, emphasis."""
