"""From noise to pictures: windows of frames, denoised and decoded as a stream."""
