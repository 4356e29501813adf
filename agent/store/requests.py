"""What waits for the mentor's word, every version of it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from agent.model import Audience, Proof, Request, RequestKind, RequestState, Version
from agent.store.base import Connection, Memo, Recent, Row, iso, moment

_COLUMNS = (
    "r.id, r.key, r.kind, r.rule, r.state, r.learner_id, r.session_id, r.created_at, r.audience, r.deadline,"
    " r.not_before, r.instruction, r.replaced, r.subject_key,"
    " v.number, v.token, v.subject, v.text, v.writer, v.created_at as version_at, r.asleep_until"
)
_TABLES = (
    "requests r"
    " join versions v on v.request_id = r.id and v.number = (select max(number) from versions where request_id = r.id)"
)
JOINED = f"select {_COLUMNS} from {_TABLES}"  # noqa: S608 -- ours alone
BY_TOKEN = (
    f"select {_COLUMNS}, t.number as named from {_TABLES} join versions t on t.request_id = r.id where t.token = ?"  # noqa: S608 -- ours alone
)

_OPEN = {RequestState.WAITING, RequestState.REDO}


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request about to be stored, with its first version."""

    key: str
    kind: RequestKind
    rule: str
    subject: str
    text: str = ""
    writer: str = ""
    learner_id: int | None = None
    session_id: int | None = None
    audience: Audience = Audience.MENTOR
    deadline: datetime | None = None
    not_before: datetime | None = None
    subject_key: str | None = None


class Requests:
    """The requests' table and their versions'."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._histories = Recent(connection, self._history)
        self._asleep: Memo[list[Request]] = Memo(connection)

    def open(self, new: NewRequest, token: str, now: datetime) -> Request:
        """Store a request that waits, with version 1. The key must be new."""
        with self._c.transaction():
            request_id = self._c.insert(
                "requests",
                {
                    "key": new.key,
                    "kind": new.kind.value,
                    "rule": new.rule,
                    "state": RequestState.WAITING.value,
                    "learner_id": new.learner_id,
                    "session_id": new.session_id,
                    "audience": new.audience.value,
                    "created_at": iso(now),
                    "deadline": iso(new.deadline),
                    "not_before": iso(new.not_before),
                    "subject_key": new.subject_key,
                },
            )
            self._insert_version(request_id, 1, token, new.subject, new.text, new.writer, now)
        found = self.by_key(new.key)
        assert found is not None  # noqa: S101 -- stored two lines above
        self._note(found)
        return found

    def add_version(
        self, request: Request, token: str, text: str, writer: str, now: datetime, learner_id: int | None = None
    ) -> Request:
        """A newer text takes the place of the current one and waits; older tokens stop counting.

        `learner_id`: whom it is about now, where a session turned out to be somebody else's.
        """
        number = request.version.number + 1
        with self._c.transaction():
            self._insert_version(request.id, number, token, request.version.subject, text, writer, now)
            self._c.execute(
                "update requests set state = ?, instruction = null, replaced = 0, asleep_until = null,"
                " learner_id = coalesce(?, learner_id) where id = ?",
                RequestState.WAITING.value,
                learner_id,
                request.id,
            )
        return self._changed(request)

    def renew(self, request: Request, new: NewRequest, token: str, now: datetime) -> Request:
        """What `new` says takes the place of the current version, subject and deadlines included, and waits."""
        with self._c.transaction():
            self._insert_version(request.id, request.version.number + 1, token, new.subject, new.text, new.writer, now)
            self._c.execute(
                "update requests set state = ?, instruction = null, replaced = 0, session_id = ?, deadline = ?,"
                " not_before = ?, asleep_until = null where id = ?",
                RequestState.WAITING.value,
                new.session_id,
                iso(new.deadline),
                iso(new.not_before),
                request.id,
            )
        return self._changed(request)

    def _insert_version(
        self, request_id: int | None, number: int, token: str, subject: str, text: str, writer: str, now: datetime
    ) -> None:
        self._c.insert(
            "versions",
            {
                "request_id": request_id,
                "number": number,
                "token": token,
                "subject": subject,
                "text": text,
                "writer": writer,
                "created_at": iso(now),
            },
        )

    def get(self, request_id: int) -> Request:
        """One request with its latest version. KeyError if unknown."""
        row = self._c.row(f"{JOINED} where r.id = ?", request_id)
        if row is None:
            raise KeyError(request_id)
        return _request(row)

    def by_key(self, key: str) -> Request | None:
        """The request with this key."""
        row = self._c.row(f"{JOINED} where r.key = ?", key)
        return None if row is None else _request(row)

    def by_token(self, token: str) -> tuple[Request, int] | None:
        """The request that a token belongs to, with the number of the version it names."""
        row = self._c.row(BY_TOKEN, token)
        return None if row is None else (_made(tuple(row)[:-1]), row["named"])

    def of_learner(self, learner_id: int | None, since: datetime) -> list[Request]:
        """Requests about one learner, or about nobody, that were opened since then or still wait, oldest first."""
        since = since.replace(microsecond=0)
        known = self._histories.of(learner_id, since).values()
        return [one for one in known if one.created_at >= since or one.state in _OPEN]

    def _history(self, learner_id: int | None, since: datetime) -> dict[int, Request]:
        """By id, in order: those opened since then, and those that waited when they were read."""
        return {one.id: one for one in self._recent("r.learner_id is ?2", iso(since), learner_id)}

    def _changed(self, request: Request) -> Request:
        """The request as it is now, here and in what is kept of its learner."""
        changed = self.get(request.id)
        if changed.learner_id != request.learner_id:
            self._histories.forget_all()
        self._asleep.forget()
        self._note(changed)
        return changed

    def _note(self, request: Request) -> None:
        history = self._histories.known(request.learner_id)
        if history is None:
            return
        if request.id in history or request.id > next(reversed(history), 0):
            history[request.id] = request
        else:  # one that had been left out as too old: the order is the table's
            self._histories.forget(request.learner_id)

    def _recent(self, whose: str, *values: object) -> list[Request]:
        sql = f"{JOINED} where {whose} and (r.created_at >= ?1 or r.state in ('waiting', 'redo')) order by r.id"
        return [_request(row) for row in self._c.rows(sql, *values)]

    def in_state(self, *states: RequestState) -> list[Request]:
        """Requests in these states; those with the nearest deadline first."""
        marks = ", ".join("?" * len(states))
        sql = f"{JOINED} where r.state in ({marks}) order by coalesce(r.deadline, '9999'), r.id"
        return [_request(row) for row in self._c.rows(sql, *(s.value for s in states))]

    def waiting(self, kind: RequestKind) -> list[Request]:
        """Requests of one kind that wait, oldest first."""
        sql = f"{JOINED} where r.state = 'waiting' and r.kind = ? order by r.id"
        return [_request(row) for row in self._c.rows(sql, kind)]

    def all(self) -> list[Request]:
        """Every request, oldest first."""
        return [_request(row) for row in self._c.rows(f"{JOINED} order by r.id")]

    def settle(self, request: Request, state: RequestState, proof: Proof, now: datetime) -> None:
        """The mentor's word, or the reason's end."""
        self._c.execute(
            "update requests set state = ?, answered_at = ?, answer_proof = ?, asleep_until = null where id = ?",
            state.value,
            iso(now),
            proof.value,
            request.id,
        )
        self._changed(request)

    def put_off(self, request: Request, until: datetime) -> None:
        """The mentor answers later: nothing is said of it until then."""
        self._c.execute("update requests set asleep_until = ? where id = ?", iso(until), request.id)
        self._changed(request)

    def asleep(self) -> list[Request]:
        """Requests that wait and were put off, those to be shown again first at the head; also those shown again."""
        return self._asleep.get("all", self._read_asleep)

    def _read_asleep(self, _: str) -> list[Request]:
        sql = f"{JOINED} where r.asleep_until is not null and r.state = 'waiting' order by r.asleep_until"
        return [_request(row) for row in self._c.rows(sql)]

    def ask_again(self, request: Request, instruction: str | None, *, replaced: bool) -> None:
        """Another version is wanted: by an instruction, or (`replaced`) with the mentor's own text."""
        self._c.execute(
            "update requests set state = ?, instruction = ?, replaced = ? where id = ?",
            RequestState.REDO.value,
            instruction,
            int(replaced),
            request.id,
        )
        self._changed(request)


def _request(row: Row) -> Request:
    return _made(tuple(row))


@lru_cache(maxsize=4096)  # a learner's history is read at each look, and most of it is settled
def _made(row: tuple[Any, ...]) -> Request:
    """A row of JOINED as a value."""
    return Request(
        id=row[0],
        key=row[1],
        kind=RequestKind(row[2]),
        rule=row[3],
        state=RequestState(row[4]),
        learner_id=row[5],
        session_id=row[6],
        created_at=moment(row[7]),
        audience=Audience(row[8]),
        deadline=moment(row[9]),
        not_before=moment(row[10]),
        instruction=row[11],
        replaced=bool(row[12]),
        subject_key=row[13],
        version=Version(row[14], row[15], row[16], row[17], row[18], moment(row[19])),
        asleep_until=moment(row[20]),
    )
