"""How a connection signs its requests: basic, bearer, an API key, or OAuth client credentials."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.pull.secrets import Secret, Secrets


@dataclass(frozen=True)
class Signed:
    """What goes with each request."""

    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)


# Sends client credentials to the address of tokens: (address, fields, whether as JSON) -> the token.
Exchange = Callable[[str, dict[str, str], bool], str]


class Basic(BaseModel):
    """A user and a password."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["basic"]
    user: str
    password: Secret

    def sign(self, secrets: Secrets, _: Exchange) -> Signed:
        pair = base64.b64encode(f"{self.user}:{secrets[self.password]}".encode()).decode()
        secrets.guard(pair)
        return Signed({"Authorization": f"Basic {pair}"})


class Bearer(BaseModel):
    """A token that a person has made in the tool."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["bearer"]
    token: Secret

    def sign(self, secrets: Secrets, _: Exchange) -> Signed:
        return Signed({"Authorization": f"Bearer {secrets[self.token]}"})


class Key(BaseModel):
    """An API key in a header or in the query. value: how it is written; {key} and {secret} stand in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["key"]
    key: Secret
    secret: Secret | None = None
    header: str = "X-Api-Key"
    param: str = ""
    value: str = "{key}"

    def sign(self, secrets: Secrets, _: Exchange) -> Signed:
        key, secret = secrets[self.key], secrets[self.secret] if self.secret else ""
        value = self.value.replace("{key}", key).replace("{secret}", secret)
        return Signed(params={self.param: value}) if self.param else Signed({self.header: value})


class OAuth(BaseModel):
    """Client credentials, for which `url` gives a token. json: they are sent as JSON, not as a form."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    by: Literal["oauth"]
    url: str
    client: str
    secret: Secret
    scope: str = ""
    as_json: bool = Field(False, alias="json")

    def sign(self, secrets: Secrets, exchange: Exchange) -> Signed:
        secret = secrets[self.secret]
        told = {"grant_type": "client_credentials", "client_id": self.client, "client_secret": secret}
        token = exchange(self.url, told | ({"scope": self.scope} if self.scope else {}), self.as_json)
        secrets.guard(token)
        return Signed({"Authorization": f"Bearer {token}"})


Auth = Annotated[Basic | Bearer | Key | OAuth, Field(discriminator="by")]
