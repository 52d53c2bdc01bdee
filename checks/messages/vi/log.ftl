# Texts of the family log.
