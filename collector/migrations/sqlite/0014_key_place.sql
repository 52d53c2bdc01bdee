-- Where a host says that its key is: in a file or in its TPM. Empty for agents that do not tell.
ALTER TABLE host ADD COLUMN key_place TEXT CHECK (key_place IN ('file', 'tpm'));
