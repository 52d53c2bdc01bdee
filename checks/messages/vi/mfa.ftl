# Texts of the family mfa.
