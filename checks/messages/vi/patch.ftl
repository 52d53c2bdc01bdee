# Texts of the family patch.
