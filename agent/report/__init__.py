"""From the mentor's notes to a report they would sign: written by a model or without one, and checked either way."""
