"""The groups that carry the roles, so that the admin offers them from the start."""

from typing import Any

from django.db import migrations

ROLES = ("viewer", "trader", "owner")


def make_groups(apps: Any, schema_editor: Any) -> None:
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    for name in ROLES:
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("desk", "0002_event_kinds"),
    ]

    # Kept on the way back: people may be in them, and a group without a meaning does no harm.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
