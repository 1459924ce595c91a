"""What a shot costs on a device, before anything is loaded."""
