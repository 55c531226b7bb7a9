# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Functions of the deployment."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .functions.a_b import AB
    from .functions.admin import Admin
    from .functions.api import Api_
    from .functions.class_ import Class
    from .functions.foo import Foo
    from .functions.foo_bar import FooBar
    from .functions.foo_bar_ import FooBar as _FooBar
    from .functions.functions import Functions
    from .functions.http import Http
    from .functions.lambda_ import Lambda
    from .functions.list_ import List
    from .functions.m_2fa import M2fa
    from .functions.models import Models
    from .functions.none import None_
    from .functions.page import Page_
    from .functions.same import Same
    from .functions.self_ import Self
    from .functions.users import Users

__all__ = ["Api"]


class Api(Namespace):
    """Functions of the deployment."""

    @_cached_property
    def a_b(self) -> AB:
        """Functions of `a.b`."""
        from .functions.a_b import AB

        return AB(self._caller)

    @_cached_property
    def admin(self) -> Admin:
        """Functions of `admin`."""
        from .functions.admin import Admin

        return Admin(self._caller)

    @_cached_property
    def api(self) -> Api_:
        """Functions of `api`."""
        from .functions.api import Api_

        return Api_(self._caller)

    @_cached_property
    def class_(self) -> Class:
        """Functions of `class`."""
        from .functions.class_ import Class

        return Class(self._caller)

    @_cached_property
    def foo(self) -> Foo:
        """Functions of `foo`."""
        from .functions.foo import Foo

        return Foo(self._caller)

    @_cached_property
    def foo_bar(self) -> FooBar:
        """Functions of `foo_bar`."""
        from .functions.foo_bar import FooBar

        return FooBar(self._caller)

    @_cached_property
    def foo_bar_(self) -> _FooBar:
        """Functions of `fooBar`."""
        from .functions.foo_bar_ import FooBar as _FooBar

        return _FooBar(self._caller)

    @_cached_property
    def functions(self) -> Functions:
        """Functions of `functions`."""
        from .functions.functions import Functions

        return Functions(self._caller)

    @_cached_property
    def http(self) -> Http:
        """Functions of `http`."""
        from .functions.http import Http

        return Http(self._caller)

    @_cached_property
    def lambda_(self) -> Lambda:
        """Functions of `lambda`."""
        from .functions.lambda_ import Lambda

        return Lambda(self._caller)

    @_cached_property
    def list_(self) -> List:
        """Functions of `list`."""
        from .functions.list_ import List

        return List(self._caller)

    @_cached_property
    def m_2fa(self) -> M2fa:
        """Functions of `2fa`."""
        from .functions.m_2fa import M2fa

        return M2fa(self._caller)

    @_cached_property
    def models(self) -> Models:
        """Functions of `models`."""
        from .functions.models import Models

        return Models(self._caller)

    @_cached_property
    def none(self) -> None_:
        """Functions of `None`."""
        from .functions.none import None_

        return None_(self._caller)

    @_cached_property
    def page(self) -> Page_:
        """Functions of `page`."""
        from .functions.page import Page_

        return Page_(self._caller)

    @_cached_property
    def same(self) -> Same:
        """Functions of `same`."""
        from .functions.same import Same

        return Same(self._caller)

    @_cached_property
    def self_(self) -> Self:
        """Functions of `self`."""
        from .functions.self_ import Self

        return Self(self._caller)

    @_cached_property
    def users(self) -> Users:
        """Functions of `users`."""
        from .functions.users import Users

        return Users(self._caller)
