# Texts of the family ssh.
