"""How people find rooms: the list of public ones, searched, narrowed by game and sorted; and a room's game tags."""
