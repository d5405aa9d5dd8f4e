"""Queries that every request asks: written with the ORM, turned into SQL once, and run with other values.

Building a query costs Django more than running it: of the 20,000 function calls that a posted message took, 11,000
built the same ten statements anew (docs/benchmarks.md, docs/adr/0006-statements.md).
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql import InsertQuery

Row = tuple[Any, ...]
M = TypeVar("M", bound=Model)


class Parameter(Expression):
    """Stands in a query for a value that is given when the statement runs; `field` says how the database takes it."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    def bind(self, values: dict[str, Any], connection: Any) -> Any:
        """The value as the database takes it; `KeyError` where it was not given."""
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Statement:
    """A `values_list` query with `Parameter`s in it: call it with their values, and it answers the rows."""

    def __init__(self, build: "Callable[[], QuerySet[Any, Row]]") -> None:
        self._build = build
        self._compiled: dict[str, tuple[str, Sequence[Any], dict[int, Any]]] = {}

    def __call__(self, **values: Any) -> list[Row]:
        connection = connections[DEFAULT_DB_ALIAS]
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            # Two threads may both do it: they arrive at the same.
            compiled = self._compiled[connection.vendor] = self._compile()
        sql, parameters, converters = compiled
        bound = [each.bind(values, connection) if isinstance(each, Parameter) else each for each in parameters]
        with connection.cursor() as cursor:
            cursor.execute(sql, bound)
            rows = cursor.fetchall()
        return [_converted(row, converters, connection) for row in rows] if converters else rows

    def _compile(self) -> tuple[str, Sequence[Any], dict[int, Any]]:
        compiler = self._build().query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        return sql, parameters, compiler.get_converters([column[0] for column in compiler.select])


class Insert:
    """`instance.save(force_insert=True)` for a model without signals or parents: stores the row and sets its number."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model
        self._pk = model._meta.pk
        self._fields = [field for field in model._meta.concrete_fields if field is not self._pk]
        self._compiled: dict[str, str] = {}

    def __call__(self, instance: Model) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        sql = self._compiled.get(connection.vendor)
        if sql is None:
            sql = self._compiled[connection.vendor] = self._compile(instance)
        values = [field.get_db_prep_save(field.pre_save(instance, True), connection) for field in self._fields]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            setattr(instance, self._pk.attname, cursor.fetchone()[0])
        instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS

    def _compile(self, instance: Model) -> str:
        query = InsertQuery(self._model)
        query.insert_values(self._fields, [instance])
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        compiler.returning_fields = [self._pk]
        [(sql, _)] = compiler.as_sql()
        return sql


def _converted(row: Sequence[Any], converters: dict[int, Any], connection: Any) -> Row:
    """The row as Python's values: SQLite, for one, keeps no dates and no booleans."""
    values = list(row)
    for index, (functions, expression) in converters.items():
        for function in functions:
            values[index] = function(values[index], expression, connection)
    return tuple(values)


def columns(model: type[Model], prefix: str = "") -> list[str]:
    """The names of all columns of `model`, for `values_list`."""
    return [prefix + field.attname for field in model._meta.concrete_fields]


def instance(model: type[M], values: Sequence[Any]) -> M:
    """The object that a row's values, in the order of `columns`, are."""
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in model._meta.concrete_fields], list(values))
