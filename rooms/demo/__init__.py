"""Believable people, rooms and conversations for a first look, for screenshots and for tests (`manage.py demo`).

`people.toml` says who there is; each folder under `scenes/` is a room, each file in it beside `room.toml` and
`community.toml` a channel.
"""
