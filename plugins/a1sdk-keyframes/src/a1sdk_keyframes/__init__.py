"""Motion from keyframes: channels, presets, loops and idle life."""
