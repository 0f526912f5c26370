"""Password, second step, known browsers, cookies, operators."""
