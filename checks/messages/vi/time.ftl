# Texts of the family time.
