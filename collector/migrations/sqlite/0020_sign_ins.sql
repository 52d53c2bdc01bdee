-- From where people sign in is asked at every try to do so.
CREATE INDEX audit_sign_in ON audit (actor, at) WHERE action = 'user.sign-in';
