"""Who is calling: nobody, the admin, and the admin acting as a user."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import ANY, Call, Http, Pattern, Scenario

__all__ = ["SCENARIOS"]

AUTH: Final = "docs.convex.dev/auth/functions-auth"
ACTING: Final = "convex-backend crates/local_backend/src/authentication.rs"
ADMIN: Final = "convex-backend crates/keybroker/src/operations.rs"
ADA: Final = {"issuer": "https://x.dev", "subject": "ada"}
SEEN: Final = {**ADA, "tokenIdentifier": "https://x.dev|ada"}


def identity(
    acting_as: Any,
    returns: Any,
    path: str = "calls:identity",
    kind: Any = "query",
    *,
    admin: bool = False,
) -> Call:
    return Call(kind=kind, path=path, args={}, acting_as=acting_as, returns=returns, admin=admin)


def hidden(kind: Any, path: str) -> Scenario:
    return Scenario(
        f"identity: the admin may call the internal {path}",
        "docs.convex.dev/functions/internal-functions",
        [
            Call(kind=kind, path=path, args={"value": 1.0}, admin=True, returns=1.0),
            Call(kind="function", path=path, args={"value": 1.0}, admin=True, returns=1.0),
            Call(kind=kind, path=path, args={"value": 1.0}, fails="Could not find public function"),
        ],
    )


def denied(name: str, authorization: str, status: int, reply: str) -> Scenario:
    request = Http(
        method="POST",
        path="/api/query",
        body={"path": "calls:identity", "args": {}, "format": "json"},
        headers={"Authorization": authorization},
        status=status,
        reply=Pattern(reply),
    )
    return Scenario(f"identity: {name}", ACTING, [request])


SCENARIOS: Final = [
    Scenario("identity: without a token nobody", AUTH, [identity(None, None)]),
    Scenario("identity: the admin is nobody", AUTH, [identity(None, None, admin=True)]),
    Scenario(
        "identity: acting as a user, in every kind of function",
        ACTING,
        [
            identity(ADA, SEEN),
            identity(ADA, SEEN, "calls:identityInMutation", "mutation"),
            identity(ADA, SEEN, "calls:identityInAction", "action"),
        ],
    ),
    Scenario(
        "identity: it reaches nested calls",
        ACTING,
        [identity(ADA, SEEN, "calls:identityBelow", "mutation")],
    ),
    Scenario(
        "identity: further attributes are passed on",
        "convex-backend crates/convex/sync_types/src/types/json.rs",
        [
            identity(
                {**ADA, "email": "ada@x.dev", "emailVerified": True},
                {**SEEN, "email": "ada@x.dev", "emailVerified": True},
            )
        ],
    ),
    Scenario(
        "identity: a tokenIdentifier suffices",
        "convex-backend crates/common/src/auth.rs",
        [identity({"tokenIdentifier": "https://x.dev|ada"}, ANY)],
    ),
    hidden("query", "calls:hiddenQuery"),
    hidden("mutation", "calls:hiddenMutation"),
    hidden("action", "calls:hiddenAction"),
    Scenario(
        "identity: /api/function is the admin's alone",
        "convex-backend crates/local_backend/src/args_structs.rs",
        [
            Http(
                method="POST",
                path="/api/function",
                body={"path": "calls:echoQuery", "args": {}},
                status=403,
                reply=Pattern("BadDeployKey"),
            )
        ],
    ),
    denied("a wrong admin key", "Convex local|0123456789abcdef", 401, "BadAdminKey"),
    denied("an unknown scheme", "Basic dXNlcjpwYXNz", 400, "InvalidAdminKey"),
    denied("a header that is too short", "x", 400, "InvalidHeaderFailure"),
    denied("a token that is none", "Bearer nonsense", 401, '"code"'),
    Scenario(
        "identity: check_admin_key",
        "convex-backend crates/local_backend/src/dashboard.rs",
        [
            Http(
                method="GET",
                path="/api/check_admin_key",
                admin=True,
                reply=Pattern('"success": ?true'),
            ),
            Http(
                method="GET", path="/api/check_admin_key", status=403, reply=Pattern("BadDeployKey")
            ),
        ],
    ),
]
