"""`/sessions/<id>`: the pages of one session."""
