"""The doors to the world. Connectors import neither the store, nor policies, nor each other."""
