"""Other schools than the shipped one: data alone."""
