"""The PATCH planner: a stored resource and operations in, changes out; nothing is stored here.

Operations run in order, each on the result of the one before; the first that fails ends the plan,
so that nothing of it is stored (RFC 7644 section 3.5.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability as Writes
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.completeness import check_changed
from flask_scim_teams.core.conditions import bind_element
from flask_scim_teams.core.elements import add_elements
from flask_scim_teams.core.elements import edit_elements
from flask_scim_teams.core.elements import merge
from flask_scim_teams.core.elements import without_listed
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import Mutability
from flask_scim_teams.core.errors import NoTarget
from flask_scim_teams.core.evaluate import element_facts
from flask_scim_teams.core.evaluate import matches
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.immutable import check_immutable
from flask_scim_teams.core.patch import ABSENT
from flask_scim_teams.core.patch import MembershipOperation
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.patch import Target
from flask_scim_teams.core.patch import membership_operation
from flask_scim_teams.core.patch import parse_path
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.resources import copied
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.core.values import UNASSIGNED
from flask_scim_teams.core.values import accept
from flask_scim_teams.core.values import kind

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a request makes of a resource.

    :param attributes: the attributes afterwards, whole.
    :param memberships: steps on the members, in the order they were asked for.
    :param mentioned: names of the attributes that the request speaks of, whether it changes them
        or not.
    """

    attributes: Mapping[str, Any]
    external_id: str | None
    memberships: tuple[MembershipOperation, ...] = ()
    mentioned: frozenset[str] = frozenset()

    def alter(self, resource: Resource) -> bool:
        """Whether the resource's own attributes differ from what is stored."""
        return self.attributes != resource.attributes or self.external_id != resource.external_id


def plan(
    resource_type: ResourceType,
    resource: Resource,
    operations: Iterable[Operation],
) -> Changes:
    """Return what the operations make of the resource.

    :raises BadRequest: invalidPath, invalidFilter, invalidValue, mutability or noTarget; the
        stored resource is untouched.
    """
    planner = Planner(resource_type, resource)
    for operation in operations:
        planner.run(operation)
    return planner.changes()


class Planner:
    """A working copy of one resource, and the operations' effect on it so far."""

    def __init__(self, resource_type: ResourceType, resource: Resource) -> None:
        self.resource_type = resource_type
        self.resource = resource
        self.document: Document = copied(resource.attributes)
        if resource.external_id is not None:
            self.document["externalId"] = resource.external_id
        self.memberships: list[MembershipOperation] = []
        self.mentioned: set[str] = set()

    def changes(self) -> Changes:
        """Return the outcome, if it may stand; an extension without values is gone."""
        attributes = {k: v for k, v in self.document.items() if v != {} and k != "externalId"}
        check_changed(self.resource_type, self.resource.attributes, attributes)
        check_immutable(self.resource_type, self.resource.attributes, attributes)
        return Changes(
            attributes,
            self.document.get("externalId"),
            tuple(self.memberships),
            frozenset(self.mentioned),
        )

    def run(self, operation: Operation) -> None:
        """Apply one operation to the working copy."""
        if operation.path is None:
            self._run_without_path(operation)
            return
        target = operation.target or parse_path(operation.path, self.resource_type)
        if operation.op is not Op.REMOVE and operation.value is ABSENT:
            raise InvalidValue(f"{operation.op} {operation.path} needs a value.", attribute="value")
        if operation.op is Op.REMOVE and operation.value not in (ABSENT, None):
            # Whoever names in it what is to go must not lose all the rest.
            raise InvalidValue(
                "A remove operation takes no value: its path says what goes, as in "
                'members[value eq "an id"].',
                attribute="value",
            )
        self._run_at(operation, target)

    def _run_without_path(self, operation: Operation) -> None:
        if operation.op is Op.REMOVE:
            raise NoTarget("A remove operation needs a path.", attribute="path")
        if not isinstance(operation.value, Mapping):
            given = "nothing" if operation.value is ABSENT else kind(operation.value)
            raise InvalidValue(
                f"A path-less {operation.op} takes an object, not {given}.", attribute="value"
            )
        for name, value in operation.value.items():
            self._run_key(operation.op, name, value)

    def _run_key(self, op: Op, name: str, value: Any) -> None:
        """A key of a path-less value is the name of an attribute, or an extension's URN."""
        schema = self.resource_type.schema_of(name)
        if schema is not None and self.resource_type.is_extension(schema):
            self._run_extension(Operation(op, name, value), schema)
            return
        attribute = self.resource_type.attribute(name)
        if attribute is None:
            raise InvalidValue(
                f"{name!r:.120} is not an attribute of {self.resource_type.name}.",
                attribute="value",
            )
        self._run_at(Operation(op, name, value), Target(None, AttrPath(None, attribute)))

    def _run_at(self, operation: Operation, target: Target) -> None:
        if target.extension is not None:
            self._run_extension(operation, target.extension)
            return
        path = target.path
        assert path is not None
        if path.urn is None and path.attribute.name == "schemas":
            # Follows from the values (RFC 7643 section 3.3); what is written to it changes nothing.
            return
        if self.resource_type.is_group and path.urn is None and path.attribute.name == "members":
            self.memberships.append(membership_operation(operation, target))
            return
        if not path.attribute.writable or not path.leaf.writable:
            raise Mutability(f"{path} is readOnly.", attribute=str(path))
        if self._says_nothing(operation, path):
            return
        if path.urn is None:
            self.mentioned.add(path.attribute.name)
        container = self._container(path)
        before = container.get(path.attribute.name)
        self._apply(container, operation, path, target.filter)
        self._check(operation.op, path, before, container.get(path.attribute.name))
        if path.attribute.mutability is Writes.WRITE_ONLY:
            # Validated, then dropped: no password is stored or logged.
            container.pop(path.attribute.name, None)

    def _says_nothing(self, operation: Operation, path: AttrPath) -> bool:
        """Whether ``active`` is given null: nobody is locked out, or let in again, by that."""
        given = operation.op is not Op.REMOVE and operation.value is None
        return given and self.resource_type.is_user and str(path) == "active"

    def _run_extension(self, operation: Operation, extension: Schema) -> None:
        if operation.op is Op.REMOVE or operation.value is None:
            self.document.pop(extension.id, None)
            return
        if not isinstance(operation.value, Mapping):
            raise InvalidValue(f"{extension.id} takes an object.", attribute=extension.id)
        for name, value in operation.value.items():
            attribute = extension.attribute(name)
            if attribute is None:
                raise InvalidValue(
                    f"{name!r:.120} is not an attribute of {extension.id}.", attribute=extension.id
                )
            path = AttrPath(extension.id, attribute)
            self._run_at(Operation(operation.op, str(path), value), Target(None, path))

    def _container(self, path: AttrPath) -> Document:
        container: Document = (
            self.document if path.urn is None else self.document.setdefault(path.urn, {})
        )
        return container

    def _apply(
        self, container: Document, operation: Operation, path: AttrPath, tree: Filter | None
    ) -> None:
        attribute, sub = path.attribute, path.sub_attribute
        name = attribute.name
        stored = container.get(name)
        if attribute.multi_valued and attribute.is_complex and (tree or sub):
            outcome: Any = edit_elements(
                path,
                stored or [],
                self._selected(path, stored or [], tree),
                tree,
                operation.op,
                operation.value,
                may_miss=operation.may_miss,
            )
        elif operation.listed is not ABSENT:
            listed = accept(attribute, operation.listed, path.top)
            outcome = without_listed(stored or [], [] if listed is UNASSIGNED else listed)
        elif operation.op is Op.REMOVE:
            outcome = self._remove(attribute, sub, stored)
        elif sub is not None:
            outcome = merge(attribute, stored or {}, {sub.name: operation.value}, str(path.top))
        elif attribute.is_complex and not attribute.multi_valued:
            outcome = merge(attribute, stored or {}, operation.value, path.top)
        elif attribute.multi_valued and operation.op is Op.ADD:
            one = operation.value is not None and not isinstance(operation.value, list)
            accepted = accept(attribute, [operation.value] if one else operation.value, path.top)
            added = [] if accepted is UNASSIGNED else accepted
            outcome = add_elements(attribute, stored or [], added, path.top)
        else:
            outcome = accept(attribute, operation.value, path.top)
        if outcome is UNASSIGNED or outcome in ([], {}):
            container.pop(name, None)
        else:
            container[name] = outcome

    def _remove(self, attribute: Attribute, sub: Attribute | None, stored: Any) -> Any:
        if sub is None or not isinstance(stored, Mapping):
            return UNASSIGNED
        return {name: value for name, value in stored.items() if name != sub.name}

    def _selected(self, path: AttrPath, elements: list[Document], tree: Filter | None) -> list[int]:
        if tree is None:
            return list(range(len(elements)))
        whole = AttrPath(path.urn, path.attribute)
        condition = bind_element(tree, whole)
        known = element_facts(whole, elements)
        return [i for i in range(len(elements)) if matches(condition, known, i)]

    def _check(self, op: Op, path: AttrPath, before: Any, after: Any) -> None:
        attribute = path.attribute
        gone = after is None or (attribute.type is Type.STRING and after == "")
        if attribute.required and gone:
            if op is Op.REMOVE:
                raise Mutability(f"{path} is required and cannot be removed.", attribute=str(path))
            raise InvalidValue(f"{path} is required and cannot be emptied.", attribute=str(path))
        if attribute.mutability is Writes.IMMUTABLE and before is not None and before != after:
            raise Mutability(f"{path} is immutable once it is set.", attribute=str(path))
