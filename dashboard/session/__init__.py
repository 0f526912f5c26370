"""`/sessions/<id>` and its views."""
