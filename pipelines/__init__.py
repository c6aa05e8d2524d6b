"""From exports to the warehouse: read, recognise, map, load, publish. Nothing here knows of the dashboard."""
