"""A plugin: of the tests given, those that ask a database; what asks none has nothing new to tell on another one."""

import pytest

ASKS = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what neither is marked nor has a fixture that asks a database."""
    asking = [item for item in items if item.get_closest_marker("django_db") or ASKS & set(getattr(item, "fixturenames", ()))]
    if not asking:
        raise pytest.UsageError("None of these tests asks a database.")
    config.hook.pytest_deselected(items=[item for item in items if item not in set(asking)])
    items[:] = asking
