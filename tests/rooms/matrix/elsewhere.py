"""For whom everything opens that is of no room: accounts, the front page, the site's health, and the admin.

Addresses stand here as the resolver has them, each part that stands for something by its name: `users/<username>/`.
"""

from accounts.forms import SettingsForm
from tests.factories import PASSWORD
from tests.rooms.matrix.rows import Row, deed, form, page
from tests.rooms.matrix.rules import ACCOUNT, ANYBODY, NOBODY, Person, Rule

# Root has every right in the admin; sam has those that staff are given by being staff.
ROOT = Person("root", is_staff=True)
NEW_PASSWORD = "another lantern on the wall"
PLAIN_SETTINGS = {
    name: field.choices[0][0] for name, field in SettingsForm.base_fields.items() if hasattr(field, "choices")
}


# Whoever is not of the staff is led to where one logs in, or refused there.
STAFF_DESK = Rule(lambda person, world: person.is_staff, refusal="log in")
STAFF_ENTRANCE = Rule(lambda person, world: person.is_staff, refusal="403")

NOT_CAROL = dict.fromkeys(("sam", "root", "guest"), "log in")

SITE: dict[str, tuple[Row, ...]] = {
    "": page(ANYBODY),
    "healthz": page(ANYBODY),
    "readyz": page(ANYBODY),
    "voice/test/": page(ACCOUNT),
    "language/": form(ANYBODY, {"language": "ru"}),
    "media/icons/<name>": page(ANYBODY, at={"name": "icon"}),
    "users/<username>/": page(ANYBODY),
    "accounts/settings/": form(ACCOUNT, PLAIN_SETTINGS),
    "accounts/login/": form(ANYBODY, {"login": "carol", "password": PASSWORD}),
    # No code was asked for: whoever is not logged in is led to where one logs in.
    "accounts/login/code/confirm/": form(ACCOUNT),
    "accounts/logout/": form(ANYBODY),
    "accounts/inactive/": page(ANYBODY),
    "accounts/signup/": form(ANYBODY, {"username": "nina", "password1": PASSWORD}),
    "accounts/reauthenticate/": form(ACCOUNT, {"password": PASSWORD}),
    "accounts/email/": form(ACCOUNT, {"email": "somebody@example.org", "action_add": "1"}),
    "accounts/confirm-email/": page(ANYBODY),
    # It is confirmed; whose it is not is shown no more than where to log in.
    "accounts/confirm-email/<key>/": form(ANYBODY, at={"key": "email_key"}, but=NOT_CAROL),
    "accounts/password/change/": form(ACCOUNT, {"oldpassword": PASSWORD, "password1": NEW_PASSWORD}),
    "accounts/password/set/": form(ACCOUNT, {"password1": NEW_PASSWORD}),
    "accounts/password/reset/": form(ANYBODY, {"email": "somebody@example.org"}),
    "accounts/password/reset/done/": page(ANYBODY),
    "accounts/password/reset/key/<uidb36>-<key>/": form(ANYBODY, at={"key": "password_key"}),
    "accounts/password/reset/key/done/": page(ANYBODY),
    # Whatever no edge of the REST interface is called.
    "api/": page(NOBODY) + deed(NOBODY),
    "admin/": page(STAFF_DESK),
    "admin/login/": page(STAFF_ENTRANCE),
    "admin/logout/": deed(ANYBODY),
    "admin/password_change/": page(STAFF_DESK),
    "admin/password_change/done/": page(STAFF_DESK),
    "admin/jsi18n/": page(STAFF_DESK),
    "admin/autocomplete/": page(STAFF_DESK, but={"sam": "403", "root": "403"}),
    "admin/r/<content_type_id>/<object_id>/": page(STAFF_DESK, at={"object_id": "rooms/room"}),
    "admin/<app_label>/": page(STAFF_DESK),
    "admin/<url>": page(STAFF_DESK, but={"sam": "404", "root": "404"}),
}

LOOK, EVERYTHING = {"look"}, {"look", "add", "change", "delete"}
# Model -> what the site's staff may do with it in the admin, and what root may. tests/rooms/test_admin.py tells more.
DESKS: dict[str, tuple[set[str], set[str]]] = {
    "auth/group": (set(), EVERYTHING),
    "account/emailaddress": (set(), EVERYTHING),
    "accounts/user": (LOOK, EVERYTHING),
    "rooms/room": (LOOK, LOOK),
    "rooms/channel": (LOOK, LOOK),
    "rooms/membership": (LOOK | {"change"}, LOOK | {"change"}),
    "rooms/message": (LOOK, LOOK),
    "rooms/ban": (LOOK | {"delete"}, LOOK | {"delete"}),
    "rooms/timeout": (LOOK | {"delete"}, LOOK | {"delete"}),
    "rooms/voicesanction": (LOOK | {"delete"}, LOOK | {"delete"}),
    "rooms/report": (LOOK, LOOK),
    "rooms/auditentry": (LOOK, LOOK),
    "rooms/invitation": (LOOK, LOOK),
    "rooms/gametag": (EVERYTHING, EVERYTHING),
}


def _at_desk(model: str, what: str, **more: object) -> dict[str, object]:
    """For whom what is done with a model opens."""
    staff, root = (what in deeds for deeds in DESKS[model])
    refused = ([] if staff else ["sam"]) + ([] if root else ["root"])
    return {"opens_for": STAFF_DESK, "but": dict.fromkeys(refused, "403"), **more}


def _pages_of(model: str) -> dict[str, tuple[Row, ...]]:
    start, at = f"admin/{model}/", {"object_id": model}
    look, change, delete = (_at_desk(model, what, at=at) for what in ("look", "change", "delete"))
    add, password = _at_desk(model, "add"), _at_desk(model, "change", at={"id": model})
    pages = {
        start: page(**_at_desk(model, "look")),
        f"{start}add/": page(**add) + deed(**add),
        f"{start}<object_id>/": page(STAFF_DESK, at=at),
        f"{start}<object_id>/history/": page(**look),
        f"{start}<object_id>/change/": page(**look) + deed(**change),
        f"{start}<object_id>/delete/": page(**delete) + deed(**delete),
    }
    if model == "accounts/user":
        pages[f"{start}<id>/password/"] = page(**password) + deed(**password)
    return pages


for _model in DESKS:
    SITE |= _pages_of(_model)
