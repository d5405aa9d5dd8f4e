"""Rooms are searched by words that are stored for it, game tags are told apart by their look, and the first games."""

from django.db import migrations
from django.db.models import Max
from slugify import slugify

import eclipse.folding

# Name, then the other names under which people look for it.
GAMES = (
    ("Among Us", "амонг ас", "амогус"),
    ("Apex Legends", "apex", "апекс"),
    ("Baldur’s Gate 3", "Baldur's Gate", "bg3", "балдурс гейт", "врата балдура", "бг3"),
    ("Board games", "настолки", "настольные игры", "tabletop"),
    ("Call of Duty", "cod", "warzone", "варзон", "колда", "кол оф дьюти"),
    ("Chess", "шахматы", "lichess"),
    ("Civilization VI", "civ", "civ6", "civilization", "цива", "цивилизация"),
    ("Counter-Strike 2", "cs", "cs2", "csgo", "cs:go", "counter strike", "контра", "кс", "кс2"),
    ("Cyberpunk 2077", "киберпанк"),
    ("Dead by Daylight", "dbd", "дбд"),
    ("Deep Rock Galactic", "drg", "дип рок", "дварфы"),
    ("Diablo IV", "diablo", "диабло"),
    ("Dota 2", "dota", "дота", "дота 2"),
    ("Dungeons & Dragons", "dnd", "d&d", "днд", "подземелья и драконы"),
    ("EA Sports FC", "fifa", "фифа"),
    ("Elden Ring", "элден ринг", "кольцо элдена"),
    ("Escape from Tarkov", "tarkov", "eft", "тарков"),
    ("EVE Online", "eve", "ева"),
    ("Factorio", "факторио"),
    ("Fortnite", "фортнайт"),
    ("Genshin Impact", "genshin", "геншин"),
    ("Grand Theft Auto V", "gta", "gta 5", "gta online", "гта", "гта 5"),
    ("Hearthstone", "хартстоун", "хс"),
    ("Heroes of Might and Magic III", "homm3", "герои", "герои 3"),
    ("Honkai: Star Rail", "hsr", "хонкай"),
    ("League of Legends", "lol", "лол", "лига легенд"),
    ("Lethal Company", "летал компани"),
    ("Minecraft", "mc", "майн", "майнкрафт"),
    ("Overwatch 2", "ow2", "overwatch", "овервотч"),
    ("Path of Exile", "poe", "пое"),
    ("Phasmophobia", "фазма", "фазмофобия"),
    ("PUBG: Battlegrounds", "pubg", "пабг", "пубг"),
    ("Roblox", "роблокс"),
    ("Rocket League", "рокет лига"),
    ("Rust", "раст"),
    ("S.T.A.L.K.E.R. 2", "stalker", "сталкер", "сталкер 2"),
    ("Stardew Valley", "stardew", "стардью"),
    ("StarCraft II", "sc2", "starcraft", "старкрафт"),
    ("Team Fortress 2", "tf2", "тф2", "тимка"),
    ("Terraria", "террария"),
    ("The Elder Scrolls V: Skyrim", "skyrim", "скайрим", "tes"),
    ("The Witcher 3", "witcher", "ведьмак"),
    ("Valheim", "вальхейм"),
    ("Valorant", "валорант"),
    ("War Thunder", "вар тандер", "тундра"),
    ("Warframe", "варфрейм"),
    ("World of Tanks", "wot", "танки", "мир танков"),
    ("World of Warcraft", "wow", "вов", "варкрафт"),
)


def store_words(apps, schema_editor):
    Room = apps.get_model("rooms", "Room")
    for room in Room.objects.all():
        room.save(update_fields=["words"])


def tell_activity(apps, schema_editor):
    """A room's last message is what it was active by before that was kept."""
    Message = apps.get_model("rooms", "Message")
    Room = apps.get_model("rooms", "Room")
    last = Message.objects.order_by().values_list("channel__room").annotate(at=Max("created_at"))
    for room_id, at in last:
        Room.objects.filter(pk=room_id).update(active_at=at)


def bring_games(apps, schema_editor):
    GameTag = apps.get_model("rooms", "GameTag")
    GameTag.objects.bulk_create(
        GameTag(name=name, slug=slugify(name, max_length=50), aliases="\n".join(aliases), is_approved=True)
        for name, *aliases in GAMES
    )
    if schema_editor.connection.vendor == "postgresql":
        # It makes the new columns' indexes last, and refuses to while foreign keys wait to be checked.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [("rooms", "0004_one_creator_a_room")]

    operations = [
        migrations.AddField("room", "words", eclipse.folding.FoldedField("name", "description")),
        # There were no tags to tell apart before: none is lost by it.
        migrations.AddField(
            "gametag", "key", eclipse.folding.FoldedField("name", how=eclipse.folding.look, unique=True)
        ),
        migrations.RunPython(store_words, migrations.RunPython.noop),
        migrations.RunPython(tell_activity, migrations.RunPython.noop),
        migrations.RunPython(bring_games, migrations.RunPython.noop),
    ]
