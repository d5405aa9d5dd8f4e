"""What a test leaves behind: nothing that another one could miss or find."""

from django.apps import apps
from django.core.management import call_command

from rooms.models import GameTag


def test_what_migrations_brought_is_there_after_the_tables_were_emptied(transactional_db: None) -> None:
    """As they are after each test in which commits matter; others follow in the same process."""
    games = set(GameTag.objects.values_list("pk", "slug"))
    assert games
    GameTag.objects.create(name="Lanternfall", slug="lanternfall")
    call_command("flush", interactive=False, verbosity=0)
    assert set(GameTag.objects.values_list("pk", "slug")) == games
    left = {model.__name__ for model in apps.get_models() if model._base_manager.exists()}
    assert left == {"ContentType", "GameTag", "Permission"}
