# Texts of the family sudo.
