"""``manage.py up``: every process of the desk on one machine. Knows no Django, so that it stays small."""
