"""Sign-in: password, second step, known browsers, cookies, operators."""
