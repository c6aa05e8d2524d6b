"""From snapshots to readings, and from readings to pages."""
