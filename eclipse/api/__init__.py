"""The REST edge: what every endpoint under /api/ does alike, and where they all stand."""
