# Texts of the family file.
