"""Categories, the headings that channels stand under: made, named, ordered, taken away."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.administration.forms import CategoryForm
from rooms.administration.ordering import category_step, groups_of
from rooms.models import Category

from .command import Command
from .reading import Typed, checked


def _new(typed: Typed) -> str:
    asked = checked(CategoryForm({"name": typed.text()}), "name")
    actions.create_category(actor=typed.actor, room=typed.room, **asked)
    return _("The category %(category)s is there.") % {"category": asked["name"]}


def _name(typed: Typed) -> str:
    category: Category = typed.category()
    asked = checked(CategoryForm({"name": typed.text()}, category=category), "name")
    actions.edit_category(actor=typed.actor, category=category, **asked)
    return _("The category is called %(category)s now.") % {"category": asked["name"]}


def _move(typed: Typed, *, up: bool) -> str:
    step = category_step(groups_of(typed.access), typed.category().pk, up=up)
    if step is None:
        return _("The category stands at the end already.")
    category, before = step
    actions.move_category(actor=typed.actor, category=category, before=before)
    return _("The category is moved.")


def _delete(typed: Typed) -> str:
    category: Category = typed.category()
    name = category.name
    actions.delete_category(actor=typed.actor, category=category)
    return _("The category %(category)s is gone; its channels stay.") % {"category": name}


MANAGE = [permissions.MANAGE_CHANNELS]
COMMANDS = (
    Command(
        "category new",
        [gettext_lazy("/category new name")],
        gettext_lazy("A new heading for channels."),
        MANAGE,
        _new,
    ),
    Command(
        "category name",
        [gettext_lazy('/category name "old name" new name')],
        gettext_lazy("What a category is called."),
        MANAGE,
        _name,
    ),
    Command(
        "category up",
        [gettext_lazy('/category up "name"')],
        gettext_lazy("Moves a category up by one."),
        MANAGE,
        lambda typed: _move(typed, up=True),
    ),
    Command(
        "category down",
        [gettext_lazy('/category down "name"')],
        gettext_lazy("Moves a category down by one."),
        MANAGE,
        lambda typed: _move(typed, up=False),
    ),
    Command(
        "category delete",
        [gettext_lazy('/category delete "name"')],
        gettext_lazy("Takes a heading away; its channels stay."),
        MANAGE,
        _delete,
    ),
)
