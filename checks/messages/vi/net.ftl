# Texts of the family net.
