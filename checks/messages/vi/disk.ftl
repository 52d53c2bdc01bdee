# Texts of the family disk.
