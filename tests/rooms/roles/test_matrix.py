"""The matrix of rights: who edits it, how far, what it may hold, and that it holds everywhere at once."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import Client

from rooms import access as door
from rooms import actions, permissions
from rooms.actions.roles import CHANGEABLE, matrix_of
from rooms.models import AuditEntry, Room
from rooms.permissions import CODENAMES, DEFAULT_MATRIX, Role
from tests.rooms import api_people
from tests.rooms.api_people import People
from tests.rooms.conftest import Harbour, Told, browser_of
from tests.rooms.roles.conftest import at_once, deeds, grant, take

people = api_people.people

PAGE = "/rooms/harbour/settings/permissions/"


def sent(room: Room, **changes: set[str]) -> dict[str, list[str]]:
    """What a browser sends of the page as it is, but for these roles."""
    matrix = matrix_of(room)
    boxes = {role.value: sorted(changes.get(role.value, set(matrix[role]))) for role in CHANGEABLE}
    return boxes | {f"was_{role.value}": [" ".join(sorted(matrix[role]))] for role in CHANGEABLE}


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of this page if nothing is touched."""
    boxes = re.findall(r'<input type="checkbox" name="(\w+)" value="(\w+)"[^>]* checked', page)
    hidden = re.findall(r'<input type="hidden" name="(was_\w+)" value="([^"]*)"', page)
    fields: dict[str, list[str]] = {}
    for name, value in [*boxes, *hidden]:
        fields.setdefault(name, []).append(value)
    return fields


def held(room: Room, role: Role) -> frozenset[str]:
    return matrix_of(room)[role]


class TestThePage:
    def test_alice_lets_moderators_edit_channels_and_keeps_members_from_inviting(self, harbour: Harbour) -> None:
        grant(harbour.room, Role.USER, permissions.CREATE_INVITATIONS)
        moderator = set(held(harbour.room, Role.MODERATOR)) | {permissions.MANAGE_CHANNELS}
        user = set(held(harbour.room, Role.USER)) - {permissions.CREATE_INVITATIONS}
        browser = browser_of(harbour.alice)
        answer = browser.post(PAGE, sent(harbour.room, moderator=moderator, user=user))
        assert answer.status_code == 302
        assert "permissions are saved" in browser.get(PAGE).content.decode()
        assert held(harbour.room, Role.MODERATOR) == moderator
        assert held(harbour.room, Role.USER) == user
        assert door.get_room(harbour.bob, "harbour").may(permissions.MANAGE_CHANNELS)
        # Another room is another matter.
        assert matrix_of(harbour.vault) == DEFAULT_MATRIX
        [entry] = AuditEntry.objects.filter(room=harbour.room)
        assert entry.deed == "matrix_edited"
        assert entry.details["granted"] == {"moderator": [permissions.MANAGE_CHANNELS]}
        assert entry.details["taken"] == {"user": [permissions.CREATE_INVITATIONS]}

    def test_each_box_is_named_by_its_row_and_column(self, harbour: Harbour) -> None:
        page = browser_of(harbour.alice).get(PAGE).content.decode()
        ids = set(re.findall(r'<(?:th|span) [^>]*id="((?:right|role)-\w+)"', page))
        boxes = re.findall(r'<input type="checkbox" name="(\w+)" value="(\w+)" aria-labelledby="([^"]*)"', page)
        offered = [right for right in permissions.RIGHTS if not (right.fixed or right.planned)]
        assert len(boxes) == 2 * len(offered)
        for role, codename, names in boxes:
            assert names.split() == [f"right-{codename}", f"role-{role}"]
            assert set(names.split()) <= ids
        assert "disabled" not in page.split("<table")[1]

    def test_the_page_as_it_is_sent_back_changes_nothing(self, harbour: Harbour, told: Told) -> None:
        browser = browser_of(harbour.alice)
        assert browser.post(PAGE, fields_of(browser.get(PAGE).content.decode())).status_code == 302
        assert matrix_of(harbour.room) == DEFAULT_MATRIX
        assert deeds(harbour.room) == []
        assert told.commands == []

    @pytest.mark.parametrize("role", ["moderator", "user"])
    @pytest.mark.parametrize("codename", ["be_god", "", "send_messages ", "rooms.view_room", "\x00"])
    def test_a_right_that_nobody_declared_is_refused_and_nothing_changes(
        self, harbour: Harbour, role: str, codename: str
    ) -> None:
        data = sent(harbour.room, user={permissions.VIEW_ROOM}, moderator={permissions.VIEW_ROOM})
        data[role].append(codename)
        answer = browser_of(harbour.alice).post(PAGE, data)
        assert answer.status_code == 422
        assert "There is no right called" in answer.content.decode()
        assert matrix_of(harbour.room) == DEFAULT_MATRIX
        # What was sent stands in the boxes still.
        assert not re.search(r'value="send_messages"[^>]* checked', answer.content.decode())

    def test_the_right_to_read_cannot_be_taken(self, harbour: Harbour) -> None:
        nothing = {name: value for name, value in sent(harbour.room).items() if name.startswith("was_")}
        assert browser_of(harbour.alice).post(PAGE, nothing).status_code == 302
        planned = {right.codename for right in permissions.RIGHTS if right.planned}
        for role in CHANGEABLE:
            assert held(harbour.room, role) - planned == {permissions.VIEW_ROOM}
        assert browser_of(harbour.carol).get("/rooms/harbour/general/").status_code == 200

    def test_the_creators_rights_cannot_be_taken(self, harbour: Harbour) -> None:
        browser_of(harbour.alice).post(PAGE, sent(harbour.room) | {"creator": ["view_room"]})
        assert held(harbour.room, Role.CREATOR) == CODENAMES
        with pytest.raises(ValueError, match="creator"):
            actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.CREATOR: []})
        with pytest.raises(KeyError):
            actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.USER: ["be_god"]})
        assert matrix_of(harbour.room) == DEFAULT_MATRIX

    @pytest.mark.parametrize("name", ["bob", "carol", "mallory"])
    def test_nobody_else_opens_or_sends_it(self, harbour: Harbour, name: str) -> None:
        browser = browser_of(getattr(harbour, name))
        assert browser.get(PAGE).status_code == 403
        assert browser.post(PAGE, sent(harbour.room, user=set(CODENAMES))).status_code == 403
        assert matrix_of(harbour.room) == DEFAULT_MATRIX

    def test_a_guest_is_asked_to_log_in(self, harbour: Harbour) -> None:
        assert "/accounts/login/" in Client().get(PAGE)["Location"]
        assert browser_of(harbour.mallory).get("/rooms/vault/settings/permissions/").status_code == 404


class TestAModeratorWhoMayEditIt:
    @pytest.fixture
    def trusted(self, harbour: Harbour) -> Harbour:
        """Bob may edit the matrix, create channels, and not see the audit log."""
        grant(harbour.room, Role.MODERATOR, permissions.MANAGE_ROLES, permissions.MANAGE_CHANNELS)
        take(harbour.room, Role.MODERATOR, permissions.VIEW_AUDIT_LOG)
        return harbour

    def test_gives_members_what_he_has_himself(self, trusted: Harbour) -> None:
        user = set(held(trusted.room, Role.USER)) | {permissions.MANAGE_CHANNELS}
        user.discard(permissions.SHARE_VIDEO)
        assert browser_of(trusted.bob).post(PAGE, sent(trusted.room, user=user)).status_code == 302
        assert held(trusted.room, Role.USER) == user

    @pytest.mark.parametrize("codename", [permissions.DELETE_ROOM, permissions.VIEW_AUDIT_LOG])
    def test_gives_nobody_what_he_has_not(self, trusted: Harbour, codename: str) -> None:
        before = matrix_of(trusted.room)
        data = sent(trusted.room)
        data["user"].append(codename)
        assert browser_of(trusted.bob).post(PAGE, data).status_code == 403
        assert matrix_of(trusted.room) == before
        assert deeds(trusted.room) == []

    def test_takes_nothing_that_he_has_not(self, trusted: Harbour) -> None:
        """Browsers do not send boxes that are disabled: to leave them out is no attempt to take."""
        grant(trusted.room, Role.USER, permissions.VIEW_AUDIT_LOG)
        data = sent(trusted.room)
        data["user"].remove(permissions.VIEW_AUDIT_LOG)
        assert browser_of(trusted.bob).post(PAGE, data).status_code == 302
        assert permissions.VIEW_AUDIT_LOG in held(trusted.room, Role.USER)
        with pytest.raises(actions.OutOfReach):
            actions.edit_matrix(actor=trusted.bob, room=trusted.room, matrix={Role.USER: data["user"]})

    def test_does_not_decide_over_moderators_himself_among_them(self, trusted: Harbour) -> None:
        before = held(trusted.room, Role.MODERATOR)
        assert browser_of(trusted.bob).post(PAGE, sent(trusted.room) | {"moderator": []}).status_code == 302
        assert held(trusted.room, Role.MODERATOR) == before
        with pytest.raises(actions.OutOfReach):
            actions.edit_matrix(
                actor=trusted.bob, room=trusted.room, matrix={Role.MODERATOR: before - {permissions.BAN_MEMBERS}}
            )

    def test_sees_which_boxes_are_not_his(self, trusted: Harbour) -> None:
        page = browser_of(trusted.bob).get(PAGE).content.decode()
        boxes = {
            (role, codename): "disabled" in rest
            for role, codename, rest in re.findall(r'name="(\w+)" value="(\w+)"([^>]*)>', page)
        }
        assert boxes["user", permissions.MANAGE_CHANNELS] is False
        assert boxes["user", permissions.DELETE_ROOM] is True
        assert all(disabled for (role, _), disabled in boxes.items() if role == "moderator")

    def test_is_refused_when_the_right_goes_between_opening_the_form_and_sending_it(self, trusted: Harbour) -> None:
        browser = browser_of(trusted.bob)
        assert browser.get(PAGE).status_code == 200
        take(trusted.room, Role.MODERATOR, permissions.MANAGE_ROLES)
        before = matrix_of(trusted.room)
        assert browser.post(PAGE, sent(trusted.room, user=set())).status_code == 403
        with pytest.raises(PermissionDenied):
            actions.edit_matrix(actor=trusted.bob, room=trusted.room, matrix={Role.USER: []})
        assert matrix_of(trusted.room) == before


class TestEverywhere:
    def test_a_right_that_is_taken_is_gone_at_the_next_request(self, harbour: Harbour) -> None:
        browser = browser_of(harbour.carol)
        assert "Send" in browser.get("/rooms/harbour/general/").content.decode()
        user = set(held(harbour.room, Role.USER)) - {permissions.SEND_MESSAGES, permissions.VIEW_MEMBERS}
        browser_of(harbour.alice).post(PAGE, sent(harbour.room, user=user))
        assert browser.post("/rooms/harbour/general/messages/", {"body": "Ahoy"}).status_code == 403
        assert browser.get("/rooms/harbour/members/").status_code == 403

    def test_every_open_socket_of_the_room_looks_again(self, stored: Harbour, told: Told) -> None:
        actions.edit_matrix(actor=stored.alice, room=stored.room, matrix={Role.USER: [permissions.VIEW_ROOM]})
        assert told.commands == [(stored.room.topic, "recheck")]
        # Told first: until it has been looked at a socket hears nothing of the room.
        assert told.to(stored.room.topic) == [f'<hx-push event="matrix_changed" room="{stored.room.pk}"></hx-push>']

    def test_over_rest(self, people: People) -> None:
        address = "chat/rooms/harbour/permissions/"
        matrix = people.alice.get(address).json()
        assert set(matrix["creator"]) == CODENAMES
        assert set(matrix["user"]) == DEFAULT_MATRIX[Role.USER]
        assert matrix["guest"] == ["view_room"]
        was = {role: matrix[role] for role in ("moderator", "user")}
        quiet = {"user": ["view_room", "send_messages"], "reason": "Quiet please"}
        assert people.alice.put(address, quiet).json() == {"was": ["This field is required."]}
        answer = people.alice.put(address, quiet | {"was": was})
        assert answer.status_code == 200
        assert answer.json() == matrix | {"user": ["view_room", "send_messages"]}
        assert AuditEntry.objects.get().reason == "Quiet please"

        for body in (
            {"user": ["be_god"]},
            {"user": "view_room"},
            {"user": [["view_room"]]},
            {"user": {"a": 1}},
            {"user": [1]},
        ):
            refused = people.alice.put(address, body | {"was": was})
            assert refused.status_code == 400, body
            assert list(refused.json()) == ["user"]
            assert all(isinstance(each, str) for each in refused.json()["user"])
        assert people.bob.get(address).status_code == 403
        assert people.bob.put(address, {"user": [], "was": was}).status_code == 403
        assert people.alice.get(address).json()["user"] == ["view_room", "send_messages"]
        # A private room's guests are none.
        assert people.alice.get("chat/rooms/vault/permissions/").json()["guest"] == []


class TestAnOldTab:
    """The page was made before somebody else decided: what it would undo unasked is not saved."""

    TAKEN = {permissions.SEND_MESSAGES, permissions.FILE_REPORTS}

    def take_meanwhile(self, harbour: Harbour) -> None:
        user = held(harbour.room, Role.USER) - self.TAKEN | {permissions.CREATE_INVITATIONS}
        actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.USER: user})

    def test_grants_nothing_again_that_was_taken_meanwhile(self, harbour: Harbour) -> None:
        browser = browser_of(harbour.alice)
        tab = fields_of(browser.get(PAGE).content.decode())
        tab["moderator"].append(permissions.MANAGE_CHANNELS)
        tab["user"].remove(permissions.SHARE_VIDEO)
        self.take_meanwhile(harbour)
        before = matrix_of(harbour.room)

        answer = browser.post(PAGE, tab)
        assert answer.status_code == 409
        assert matrix_of(harbour.room) == before
        page = answer.content.decode()
        assert "The permissions were changed in the meantime" in page
        # What is so now stands at each line, in words.
        news = dict(re.findall(r'id="right-(\w+)">[^<]*</span><span class="matrix__news">([^<]*)</span>', page))
        assert set(news) == {*self.TAKEN, permissions.CREATE_INVITATIONS}
        assert news[permissions.SEND_MESSAGES] == "Changed meanwhile – member: no"
        assert news[permissions.CREATE_INVITATIONS] == "Changed meanwhile – member: yes"
        # What was meant by the old tab is kept, on top of what is so now: sent again, it is saved.
        again = fields_of(page)
        assert permissions.MANAGE_CHANNELS in again["moderator"]
        assert not {*self.TAKEN, permissions.SHARE_VIDEO} & set(again["user"])
        assert browser.post(PAGE, again).status_code == 302
        assert held(harbour.room, Role.USER) == before[Role.USER] - {permissions.SHARE_VIDEO}
        assert held(harbour.room, Role.MODERATOR) == before[Role.MODERATOR] | {permissions.MANAGE_CHANNELS}

    def test_a_page_that_does_not_say_what_it_was_made_from_counts_as_old(self, harbour: Harbour) -> None:
        boxes = {name: value for name, value in sent(harbour.room).items() if not name.startswith("was_")}
        boxes["user"] = [permissions.VIEW_ROOM]
        answer = browser_of(harbour.alice).post(PAGE, boxes)
        assert answer.status_code == 409
        assert matrix_of(harbour.room) == DEFAULT_MATRIX

    def test_what_was_changed_and_changed_back_is_no_reason_to_refuse(self, harbour: Harbour) -> None:
        browser = browser_of(harbour.alice)
        tab = fields_of(browser.get(PAGE).content.decode())
        user = held(harbour.room, Role.USER)
        for each in (user - self.TAKEN, user):
            actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.USER: each})
        assert browser.post(PAGE, tab).status_code == 302

    def test_what_a_moderator_may_not_change_is_no_business_of_his_tab(self, harbour: Harbour) -> None:
        """Bob's page offers him members' boxes alone: what alice gives moderators meanwhile does not stop him."""
        grant(harbour.room, Role.MODERATOR, permissions.MANAGE_ROLES)
        browser = browser_of(harbour.bob)
        tab = fields_of(browser.get(PAGE).content.decode())
        moderators = held(harbour.room, Role.MODERATOR) | {permissions.MANAGE_CHANNELS}
        actions.edit_matrix(actor=harbour.alice, room=harbour.room, matrix={Role.MODERATOR: moderators})
        tab["user"].remove(permissions.SHARE_VIDEO)
        assert browser.post(PAGE, tab).status_code == 302
        assert held(harbour.room, Role.MODERATOR) == moderators
        assert permissions.SHARE_VIDEO not in held(harbour.room, Role.USER)

    def test_of_two_programs_the_second_is_told_what_is_so_now(self, people: People) -> None:
        address = "chat/rooms/harbour/permissions/"
        matrix = people.alice.get(address).json()
        was = {role: matrix[role] for role in ("moderator", "user")}
        first = [codename for codename in matrix["user"] if codename not in self.TAKEN]
        assert people.alice.put(address, {"user": first, "was": was}).status_code == 200
        answer = people.alice.put(address, {"user": [*matrix["user"], "create_invitations"], "was": was})
        assert answer.status_code == 409
        told = answer.json()
        assert "The permissions were changed in the meantime" in told["detail"]
        assert told["now"] == {"moderator": matrix["moderator"], "user": first}
        assert people.alice.get(address).json()["user"] == first
        # Of a role that it does not speak of it need not know the state; of one that it does, it must.
        only = {"moderator": matrix["moderator"], "was": {"moderator": matrix["moderator"]}}
        assert people.alice.put(address, only).status_code == 200
        half = people.alice.put(address, {"user": first, "was": {"moderator": matrix["moderator"]}})
        assert (half.status_code, list(half.json())) == (400, ["was"])

    def test_of_two_at_once_one_is_refused(self, stored: Harbour) -> None:
        was = matrix_of(stored.room)
        was = {role: was[role] for role in CHANGEABLE}
        user, moderator = was[Role.USER], was[Role.MODERATOR]
        ended = at_once(
            lambda: actions.edit_matrix(
                actor=stored.alice, room=stored.room, was=was, matrix={Role.USER: user - self.TAKEN}
            ),
            lambda: actions.edit_matrix(
                actor=stored.alice, room=stored.room, was=was,
                matrix={Role.USER: user, Role.MODERATOR: moderator - {permissions.PIN_MESSAGES}},
            ),
        )  # fmt: skip
        refused = [each.exception() for each in ended if each.exception() is not None]
        assert [type(each) for each in refused] == [actions.MatrixChanged]


class TestWhatIsNotBuilt:
    PLANNED = {right.codename for right in permissions.RIGHTS if right.planned}

    def test_a_right_of_no_use_yet_is_not_offered(self, harbour: Harbour) -> None:
        page = browser_of(harbour.alice).get(PAGE).content.decode()
        assert {permissions.MANAGE_WEBHOOKS, permissions.EXPORT_ROOM, permissions.MENTION_EVERYONE} <= self.PLANNED
        for codename in self.PLANNED:
            assert f'value="{codename}"' not in page
            assert f'id="right-{codename}"' not in page

    def test_and_saving_the_page_leaves_it_as_it_is(self, harbour: Harbour) -> None:
        grant(harbour.room, Role.USER, permissions.MENTION_EVERYONE)
        before = matrix_of(harbour.room)
        browser = browser_of(harbour.alice)
        tab = fields_of(browser.get(PAGE).content.decode())
        tab["user"].remove(permissions.SHARE_VIDEO)
        assert browser.post(PAGE, tab).status_code == 302
        assert held(harbour.room, Role.USER) == before[Role.USER] - {permissions.SHARE_VIDEO}
        assert held(harbour.room, Role.MODERATOR) == before[Role.MODERATOR]

    def test_nothing_in_eclipse_asks_for_it(self) -> None:
        """Once something does, the right is to be offered."""
        names = [codename.upper() for codename in self.PLANNED]
        assert all(hasattr(permissions, name) for name in names)
        # Where rights are declared and told, and nobody is asked for one.
        telling = {"permissions.py", "matrix.py"}
        base = Path(settings.BASE_DIR)
        for source in (*base.glob("rooms/**/*.py"), *base.glob("accounts/**/*.py"), *base.glob("voice/**/*.py")):
            if source.name not in telling and "migrations" not in source.parts:
                found = {name for name in names if re.search(rf"\b{name}\b", source.read_text())}
                assert not found, source
