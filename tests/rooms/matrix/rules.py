"""Who may do what: the people of the permission matrix, and the rules that its tables are written in.

A rule is a right of `rooms/permissions.py`, or one of the constants below, or several of them: `any_of`, `all_of`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rooms import permissions
from rooms.permissions import DEFAULT_MATRIX, GUEST, RANK, SILENCED, Role


@dataclass(frozen=True)
class Person:
    """Somebody, and how they stand in the room."""

    name: str
    role: Role | None = None
    is_muted: bool = False
    is_banned: bool = False
    is_staff: bool = False

    @property
    def has_account(self) -> bool:
        return self.name != "guest"


PEOPLE = (
    Person("alice", Role.CREATOR),
    Person("bob", Role.MODERATOR),
    Person("carol", Role.USER),
    Person("tim", Role.USER, is_muted=True),
    Person("ben", is_banned=True),
    Person("mallory"),
    Person("sam", is_staff=True),
    Person("guest"),
)


@dataclass(frozen=True)
class World:
    """What holds in the room: whether everybody may know of it, and what each role may do there."""

    is_public: bool = True
    matrix: Mapping[Role, frozenset[str]] = field(default_factory=lambda: DEFAULT_MATRIX)

    def rights_of(self, person: Person) -> frozenset[str]:
        if person.role is None:
            return GUEST if self.is_public and not person.is_banned else frozenset()
        return self.matrix[person.role] - (SILENCED if person.is_muted else frozenset())

    def knows(self, person: Person) -> bool:
        """Whether this person may know that the room exists."""
        return self.is_public or person.role is not None


@dataclass(frozen=True)
class Rule:
    """For whom a door opens, the rights that this depends on, and what others are told where it is always the same."""

    holds: Callable[[Person, World], bool]
    rights: frozenset[str] = frozenset()
    refusal: str | None = None


AnyRule = Rule | str


def right(codename: str) -> Rule:
    permissions.check(codename)
    return Rule(lambda person, world: codename in world.rights_of(person), frozenset({codename}))


def rule(written: AnyRule) -> Rule:
    return written if isinstance(written, Rule) else right(written)


def any_of(*written: AnyRule) -> Rule:
    rules = [rule(each) for each in written]
    rights = frozenset[str]().union(*(each.rights for each in rules))
    return Rule(lambda person, world: any(each.holds(person, world) for each in rules), rights)


def all_of(*written: AnyRule) -> Rule:
    rules = [rule(each) for each in written]
    rights = frozenset[str]().union(*(each.rights for each in rules))
    return Rule(lambda person, world: all(each.holds(person, world) for each in rules), rights)


ANYBODY = Rule(lambda person, world: True)
ACCOUNT = Rule(lambda person, world: person.has_account, refusal="403")
# The same pages are not there for anybody else.
STAFF = Rule(lambda person, world: person.is_staff, refusal="404")
# Nothing is there.
NOBODY = Rule(lambda person, world: False, refusal="404")
# To belong to the room, whatever one may do there.
MEMBER = Rule(lambda person, world: person.role is not None)
# To know that the room exists, and not to be banned from it.
KNOWN = Rule(lambda person, world: person.has_account and not person.is_banned and world.knows(person))
# Whoever has a link is told of the room; and whoever is banned from it, that they are.
INVITED = Rule(lambda person, world: not person.is_banned, refusal="403")
COMES_BY_IT = Rule(lambda person, world: person.has_account and not person.is_banned, refusal="403")
# The message is carol's, and so is the report that is closed.
AUTHOR = Rule(lambda person, world: person.name == "carol")
REPORTER = Rule(lambda person, world: person.name == "carol", refusal="404")
# While there is a creator, nobody else decides who heads the room, whoever is lent the right to.
CREATOR = Rule(lambda person, world: person.role == Role.CREATOR)
# The deleted room is alice's: for others it is not there.
FORMER_CREATOR = Rule(lambda person, world: person.name == "alice", refusal="404")
# Olga is a member without an office: moderators and the creator stand higher, and reach her.
STANDS_HIGHER = Rule(lambda person, world: person.role is not None and RANK[person.role] > RANK[Role.USER])


def over(codename: str) -> Rule:
    """The right, over a member without an office."""
    return all_of(codename, STANDS_HIGHER)


def own(codename: str) -> Rule:
    """The right, and the message is one's own."""
    return all_of(codename, AUTHOR)


def expected(person: Person, door: Rule, world: World) -> set[str]:
    """What this person may experience at the door."""
    if door.holds(person, world):
        return {"in"}
    refused = door.refusal or ("403" if world.knows(person) else "404")
    # A guest may be shown the way in, as long as that is the same for what does not exist.
    return {refused} if person.has_account else {refused, "log in"}
