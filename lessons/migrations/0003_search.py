"""Passages, and the full-text index over them that the database at hand has: FTS5 of SQLite, or GIN of PostgreSQL.

SQLite's index follows the table by triggers, so whatever writes a passage, also a cascade, keeps both together.
"""

import django.db.models.deletion
from django.db import migrations, models

SQLITE = [
    """CREATE VIRTUAL TABLE lessons_passage_fts USING fts5(title, text, content='lessons_passage', content_rowid='id',
       tokenize="porter unicode61 remove_diacritics 2")""",
    """CREATE TRIGGER lessons_passage_insert AFTER INSERT ON lessons_passage BEGIN
       INSERT INTO lessons_passage_fts(rowid, title, text) VALUES (new.id, new.title, new.text); END""",
    """CREATE TRIGGER lessons_passage_delete AFTER DELETE ON lessons_passage BEGIN
       INSERT INTO lessons_passage_fts(lessons_passage_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text); END""",
    """CREATE TRIGGER lessons_passage_update AFTER UPDATE ON lessons_passage BEGIN
       INSERT INTO lessons_passage_fts(lessons_passage_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
       INSERT INTO lessons_passage_fts(rowid, title, text) VALUES (new.id, new.title, new.text); END""",
]
SQLITE_BACK = [
    "DROP TRIGGER IF EXISTS lessons_passage_insert",
    "DROP TRIGGER IF EXISTS lessons_passage_delete",
    "DROP TRIGGER IF EXISTS lessons_passage_update",
    "DROP TABLE IF EXISTS lessons_passage_fts",
]
POSTGRESQL = [
    """CREATE INDEX lessons_passage_words ON lessons_passage USING gin (
       (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', text), 'B')))""",
]
POSTGRESQL_BACK = ["DROP INDEX IF EXISTS lessons_passage_words"]


def forwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("lessons", "0002_runs_and_predictions")]

    operations = [
        migrations.CreateModel(
            name="Passage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.BooleanField(default=False, help_text="Found by everyone, also where the lesson is locked.")),
                ("anchor", models.CharField(blank=True, help_text="Where on the lesson's page.", max_length=160)),
                ("title", models.CharField(max_length=300)),
                ("text", models.TextField()),
                (
                    "lesson",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="passages", to="lessons.lesson"),
                ),
            ],
        ),
        migrations.RunPython(forwards, backwards),
    ]
