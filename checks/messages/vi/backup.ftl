# Texts of the family backup.
