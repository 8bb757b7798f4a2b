"""How fast CareSlot is, as ratios against hand-written floors that do just the work, measured in one run."""
