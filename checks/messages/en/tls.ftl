# Texts of the family tls.
