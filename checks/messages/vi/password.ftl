# Texts of the family password.
