"""The demo company's exports and what makes them; the warehouse and its snapshots stand here too, outside git."""
