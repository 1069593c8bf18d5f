"""Everything that the sandbox knows, in one SQLite file: a restart loses nothing."""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Thing = dict[str, Any]
SCHEMA = """
PRAGMA journal_mode=WAL;
CREATE TABLE IF NOT EXISTS things (
    id TEXT PRIMARY KEY, object TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS things_by_object ON things (object, number);
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, request TEXT NOT NULL, answer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, due REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """Objects by id, idempotency keys, webhook deliveries and behaviour. One lock: requests are dealt with in turn."""

    def __init__(self, path: Path | str) -> None:
        self.lock = threading.RLock()
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.database.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; also what keeps two requests apart."""
        with self.lock:
            if self.database.in_transaction:
                yield
                return
            self.database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.database.execute("ROLLBACK")
                raise
            self.database.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement."""
        with self.lock:
            return self.database.execute(sql, values).fetchall()

    def new_id(self, prefix: str) -> str:
        """An id that looks like Stripe's."""
        return f"{prefix}_{secrets.token_hex(12)}"

    def save(self, thing: Thing) -> Thing:
        """Write an object, new or changed."""
        sql = """INSERT INTO things VALUES (?, ?, (SELECT COALESCE(MAX(number), 0) + 1 FROM things), ?)
                 ON CONFLICT (id) DO UPDATE SET body = excluded.body"""
        self.rows(sql, thing["id"], thing["object"], json.dumps(thing))
        return thing

    def get(self, id_: str | None, kind: str = "") -> Thing | None:
        """An object by id, and of that kind if one is named."""
        found = self.rows("SELECT body FROM things WHERE id = ? AND (? = '' OR object = ?)", id_, kind, kind)
        return json.loads(found[0][0]) if found else None

    def all(self, kind: str) -> list[Thing]:
        """Every object of a kind, the newest first, as Stripe lists them."""
        found = self.rows("SELECT body FROM things WHERE object = ? ORDER BY number DESC", kind)
        return [json.loads(body) for (body,) in found]

    def setting(self, name: str, default: Any) -> Any:
        """A behaviour that was set through /_control/behaviour."""
        found = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return json.loads(found[0][0]) if found else default

    def set(self, name: str, value: Any) -> None:
        """Set a behaviour."""
        self.rows("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    def deliver(self, event: str, delay: float, state: str = "due") -> None:
        """Put a delivery of an event on the list. `delay` in seconds."""
        self.rows("INSERT INTO deliveries (event, due, state) VALUES (?, ?, ?)", event, time.time() + delay, state)
