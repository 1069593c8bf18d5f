"""manage.py import_content and check_content."""
