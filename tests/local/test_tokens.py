"""Tokens of users that exist only on a deployment that was asked to mint them."""

from __future__ import annotations

from typing import Any

import pytest

from aioconvex.client import ConvexClient
from aioconvex.errors import AuthenticationError, LocalDeploymentError
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

USERS = {
    "users": """
import { query } from "./_generated/server";

export const me = query({ handler: (ctx) => ctx.auth.getUserIdentity() });
"""
}
ISSUER = "https://local-issuer.invalid"


async def me(deployment: LocalDeployment, token: str | None) -> Any:
    async with ConvexClient(deployment.url, auth=token) as client:
        return await client.query("users:me")


async def test_functions_see_the_user_of_a_minted_token() -> None:
    async with LocalDeployment(functions=USERS, mint_tokens=True) as deployment:
        token = await deployment.mint_token("ann", given_name="Ann", roles=["admin"])

        assert await me(deployment, None) is None
        assert await me(deployment, token) == {
            "subject": "ann",
            "issuer": ISSUER,
            "tokenIdentifier": f"{ISSUER}|ann",
            "givenName": "Ann",
            "roles": ["admin"],
        }


@pytest.mark.parametrize("seconds", [0, -0.5])
async def test_a_token_can_be_minted_expired(seconds: float) -> None:
    async with LocalDeployment(functions=USERS, mint_tokens=True) as deployment:
        token = await deployment.mint_token("ann", expires_in=seconds)
        with pytest.raises(AuthenticationError, match="expired"):
            await me(deployment, token)


async def test_claims_of_the_issuer_are_not_for_callers() -> None:
    async with LocalDeployment(functions=USERS, mint_tokens=True) as deployment:
        with pytest.raises(LocalDeploymentError, match="claim iss is set by the issuer"):
            await deployment.mint_token("ann", iss="https://somebody.example")


async def test_no_tokens_unless_asked_for() -> None:
    async with (
        LocalDeployment(functions=USERS) as plain,
        LocalDeployment(functions=USERS, mint_tokens=True) as minting,
    ):
        token = await minting.mint_token("ann")
        with pytest.raises(LocalDeploymentError, match="mint_tokens=True") as caught:
            await plain.mint_token("ann")
        with pytest.raises(AuthenticationError, match="No auth provider"):
            await me(plain, token)

    assert caught.value.code == "MintingNotEnabled"
