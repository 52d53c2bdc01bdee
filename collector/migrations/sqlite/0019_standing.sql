-- Finds whether the audit log says of anything how it stands.
CREATE INDEX audit_stands ON audit (seq) WHERE instr(detail, '"stands":{') > 0;
