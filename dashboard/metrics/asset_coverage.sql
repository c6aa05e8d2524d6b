/*
title    = "Assets seen by patch tooling"
question = "Do we know the state of all our machines?"
also     = ["scan coverage", "agent coverage"]
kind     = "share"
unit     = "percent"
better   = "higher"
by       = ["service", "business_unit", "tier"]
owners   = ["CIO"]
reads    = ["asset"]
unique   = true
matters  = "1 point"
says     = "{value} of the known assets were seen by patch tooling lately ({met} of {n})."
dated_by = "the state at the period's end"
method   = "Of the assets on the asset list and not retired: those that patch tooling saw in the last days (14, or as the settings say). An asset that several tools name counts once, as seen where any of them saw it; with its domain and without (web01, web01.example.com) it is one where no other full name begins so and no tool lists both."
pitfalls = "Needs an asset list: weakness lists never name the clean machines. An asset on nobody's list is not in it."
*/
select record_id, since, until, met, name, services, business_units, tier, as_of, left_out
from asset_seen
