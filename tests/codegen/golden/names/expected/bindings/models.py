# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Documents, ids and other shapes of the deployment's values."""

from __future__ import annotations

from typing import NewType

from aioconvex.bindings import field as _field, model as _model


WordsId = NewType("WordsId", str)


@_model
class NewWords:
    """A document to insert into `words`."""

    http_server: str = _field("HTTPServer")
    literal: str = _field("Literal")
    true: str = _field("True")
    user_id_: str = _field("UserID")
    dunder: str = _field("__dunder__")
    private: str = _field("_private")
    args: str
    async_: str
    bool_: str
    cls: str
    creation_time: str
    field: str
    float_: str
    from_: str
    id: str
    input: str
    int_: str
    lambda_: str
    list_: str
    model: str
    object: str
    self_: str
    status_code2xx: str
    type: str
    user_id_2: str = _field("userId")
    x1: str
    x: str = _field("x_")
    any: str | None = _field("Any", default=None)
    none: str | None = _field("None", default=None)
    unset: str | None = _field("UNSET", default=None)
    url: str | None = _field("URL", default=None)
    x1_: str | None = _field("X1", default=None)
    bytes_: str | None = None
    class_: str | None = None
    client: str | None = None
    dict_: str | None = None
    i_os_version: str | None = _field("iOSVersion", default=None)
    str_: str | None = None
    timeout: str | None = None
    user_id: str | None = _field("user_id", default=None)
    x_2: str | None = _field("x_2", default=None)


@_model
class Words:
    """A document of `words`."""

    http_server: str = _field("HTTPServer")
    literal: str = _field("Literal")
    true: str = _field("True")
    user_id_: str = _field("UserID")
    dunder: str = _field("__dunder__")
    creation_time_: float = _field("_creationTime")
    id_: WordsId = _field("_id")
    private: str = _field("_private")
    args: str
    async_: str
    bool_: str
    cls: str
    creation_time: str
    field: str
    float_: str
    from_: str
    id: str
    input: str
    int_: str
    lambda_: str
    list_: str
    model: str
    object: str
    self_: str
    status_code2xx: str
    type: str
    user_id_2: str = _field("userId")
    x1: str
    x: str = _field("x_")
    any: str | None = _field("Any", default=None)
    none: str | None = _field("None", default=None)
    unset: str | None = _field("UNSET", default=None)
    url: str | None = _field("URL", default=None)
    x1_: str | None = _field("X1", default=None)
    bytes_: str | None = None
    class_: str | None = None
    client: str | None = None
    dict_: str | None = None
    i_os_version: str | None = _field("iOSVersion", default=None)
    str_: str | None = None
    timeout: str | None = None
    user_id: str | None = _field("user_id", default=None)
    x_2: str | None = _field("x_2", default=None)
