# Texts of the family kernel.
