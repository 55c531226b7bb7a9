"""Where scenarios are played: a deployment with the functions of convex/, by URL and admin key."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Self

import httpx
from attrs import define, field

from conformance.form import (
    ANY,
    UNSET,
    Call,
    Close,
    Ends,
    Frame,
    Http,
    Open,
    Parallel,
    Pattern,
    Request,
    Same,
    Saved,
    Scenario,
    Shows,
    Step,
    Unwatch,
    Updates,
    Watch,
)
from conformance.session import Session

__all__ = ["Stage"]

TABLES: Final = ("things", "people", "shapes", "undeclared")
TIMEOUT: Final = 60.0


@define
class Stage:
    """One deployment, and what the scenario on it has saved so far."""

    url: str
    admin_key: str = field(repr=False)
    _http: httpx.Client = field(init=False, repr=False)
    _saved: dict[str, Any] = field(init=False, factory=dict)
    _session: Session | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.url, timeout=TIMEOUT, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def play(self, scenario: Scenario) -> None:
        """Run the steps on empty tables; an AssertionError says where the deployment differs."""
        self._clear()
        self._saved = {}
        try:
            for number, step in enumerate(scenario.steps):
                try:
                    self._play(step)
                except AssertionError as error:
                    raise AssertionError(f"step {number}, {step}: {error}") from None
        finally:
            self._end_session()

    def _clear(self) -> None:
        for table in TABLES:
            args = {"table": table}
            clear = Call(kind="function", path="database:clear", args=args, admin=True)
            while self._answer(clear)["value"]:
                pass

    def _play(self, step: Step) -> None:  # noqa: C901, PLR0912 -- one case for each step
        match step:
            case Call():
                self._check_call(step, self._answer(step))
            case Http():
                self._request(step)
            case Parallel():
                with ThreadPoolExecutor(len(step.calls)) as threads:
                    answers = list(threads.map(self._answer, step.calls))
                for call, answer in zip(step.calls, answers, strict=True):
                    self._check_call(call, answer)
            case Same():
                equal = self._filled(step.left) == self._filled(step.right)
                assert equal == step.equal, (self._filled(step.left), self._filled(step.right))
            case Open():
                self._open(step)
            case Close():
                self._live.close()
            case Watch():
                self._live.watch(step.query, step.path, self._filled(step.args))
            case Unwatch():
                self._live.unwatch(step.query)
            case Shows():
                self._shows(step)
            case Updates():
                assert self._live.updates(step.query) == step.count
            case Request():
                self._answered(step)
            case Frame():
                self._live.send(self._filled(step.message))
            case Ends():
                self._ends(step)

    # --- HTTP ------------------------------------------------------------------------------------

    def _answer(self, call: Call) -> Any:
        body = {
            "path": call.path,
            "args": self._filled(call.args),
            "format": "convex_encoded_json",
        }
        headers = self._admin_headers(call.acting_as) if call.admin or call.acting_as else {}
        reply = self._http.post(f"/api/{call.kind}", json=body, headers=headers)
        assert reply.status_code == 200, f"HTTP {reply.status_code} {reply.text}"
        return reply.json()

    def _check_call(self, call: Call, answer: Any) -> None:
        failure = answer.get("errorMessage")
        self._check_outcome(call, failure, answer.get("value"), answer.get("errorData", UNSET))
        self._expect(call.logs, answer.get("logLines", []))
        if call.save is not None:
            self._saved[call.save] = answer.get("value")

    def _check_outcome(
        self, step: Call | Shows | Request, failure: str | None, value: Any, data: Any
    ) -> None:
        expected = step.value if isinstance(step, Shows) else step.returns
        if step.fails is None:
            assert failure is None, failure
            self._expect(expected, value)
        else:
            assert failure is not None, f"succeeded with {value!r}"
            assert re.search(step.fails, failure, re.DOTALL), failure
            if step.data is UNSET:
                assert data is UNSET, f"it has the data {data!r}"
            else:
                self._expect(step.data, data)

    def _request(self, step: Http) -> None:
        body = self._filled(step.body)
        headers = dict(step.headers)
        if step.admin:
            headers |= self._admin_headers(None)
        sent: dict[str, Any] = {} if body is None else {"json": body}
        if isinstance(body, str):
            sent = {"content": body}
        reply = self._http.request(step.method, step.path, headers=headers, **sent)
        assert reply.status_code == step.status, f"HTTP {reply.status_code} {reply.text}"
        is_text = isinstance(step.reply, (str, Pattern))
        got = reply.text if is_text or step.reply is ANY else reply.json()
        self._expect(step.reply, got)
        if step.save is not None:
            self._saved[step.save] = reply.json()

    def _admin_headers(self, acting_as: Mapping[str, Any] | None) -> dict[str, str]:
        user = "" if acting_as is None else f":{b64encode(json.dumps(acting_as).encode()).decode()}"
        return {"Authorization": f"Convex {self.admin_key}{user}"}

    # --- WebSocket -------------------------------------------------------------------------------

    @property
    def _live(self) -> Session:
        assert self._session is not None, "no session was opened"
        return self._session

    def _open(self, step: Open) -> None:
        if self._session is None:
            self._session = Session(self.url)
        identity = None
        if step.admin or step.acting_as:
            identity = {"tokenType": "Admin", "value": self.admin_key}
            if step.acting_as:
                identity["impersonating"] = step.acting_as  # type: ignore[assignment]
        self._session.open(identity)

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _shows(self, step: Shows) -> None:
        def check() -> None:
            result = self._live.result(step.query)
            failure = result.get("errorMessage")
            data = result.get("errorData", UNSET)
            self._check_outcome(step, failure, result.get("value"), data)

        self._live.wait_until(check)
        if step.save is not None:
            self._saved[step.save] = self._live.result(step.query).get("value")

    def _answered(self, step: Request) -> None:
        self._live.request(step.kind, step.number, step.path, self._filled(step.args))
        answer = self._live.response(step.kind, step.number)
        failure = None if answer["success"] else answer["result"]
        data = answer.get("errorData", UNSET)
        self._check_outcome(step, failure, answer["result"], data)
        if step.kind == "Mutation" and answer["success"]:
            self._live.wait_for_ts(answer["ts"])

    def _ends(self, step: Ends) -> None:
        last, code = self._live.end()
        if step.type is not None:
            assert last is not None, "it closed without a word"
            assert last["type"] == step.type, last
            assert re.search(step.error, last["error"]), last
        if step.code is not None:
            assert code == step.code

    # --- values ----------------------------------------------------------------------------------

    def _filled(self, value: Any) -> Any:
        match value:
            case Saved():
                name, *members = value.name.split(".")
                found = self._saved[name]
                for member in members:
                    found = found[int(member) if isinstance(found, list) else member]
                return found
            case dict():
                return {key: self._filled(item) for key, item in value.items()}
            case list() | tuple():
                return [self._filled(item) for item in value]
            case _:
                return value

    def _expect(self, expected: Any, got: Any) -> None:
        wanted = self._filled(expected)
        assert _fits(wanted, got), f"\nexpected {wanted!r}\n     got {got!r}"


def _fits(expected: Any, got: Any) -> bool:
    match expected:
        case _ if expected is ANY:
            return True
        case Pattern():
            return isinstance(got, str) and re.search(expected.regex, got, re.DOTALL) is not None
        case bool():
            return expected is got
        case dict():
            return (
                isinstance(got, dict)
                and expected.keys() == got.keys()
                and all(_fits(item, got[key]) for key, item in expected.items())
            )
        case list():
            return (
                isinstance(got, list)
                and len(expected) == len(got)
                and all(map(_fits, expected, got))
            )
        case _:
            return not isinstance(got, bool) and bool(expected == got)
