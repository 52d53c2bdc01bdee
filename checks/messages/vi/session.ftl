# Texts of the family session.
