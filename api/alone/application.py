"""What is served: the queue and the machine, begun with the server and ended with it, and the API over them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property

from starlette.applications import Starlette
from starlette.middleware import Middleware

from advisor.device import Reader, Snapshot, capabilities, compute_target
from advisor.diagnosis import Checker
from api.alone.entrance import Entrance, Rules
from api.host import Host
from api.machine_state import Watch
from api.routes import routes
from fusion import cluster, config
from fusion.faces import FaceFinder
from fusion.jobs import Jobs
from fusion.signing import Signer

_CHECKED_AFTER_S = 5.0


class Service:
    """One queue, one reader of the machine, one finder of faces."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reader = Reader(config.load().data)
        cards = self._cards() if capabilities.torch_has_cuda() else ()
        self.jobs = Jobs(cards=cards, cluster=cluster.configured())
        self.watch = Watch(self.jobs, self.read, lambda: False)
        self._checker = Checker(self.jobs, self.finder, _CHECKED_AFTER_S)

    def start(self) -> None:
        """Start the workers, and take over what dead apps have left."""
        self.jobs.start()
        self._checker.start()

    def close(self) -> None:
        """End all of it."""
        for each in (self._checker, self.jobs, self.reader):
            each.close()
        if "_finder" in vars(self):
            self._finder.close()

    def finder(self) -> FaceFinder:
        """The face finder, which is loaded with the first call."""
        with self._lock:
            return self._finder

    @cached_property
    def _finder(self) -> FaceFinder:
        return FaceFinder()

    def read(self) -> Snapshot:
        """The machine, now; what the workers take is no other program's."""
        return self.reader.read(frozenset(view.pid for view in self.jobs.workers() if view.pid is not None))

    def _cards(self) -> tuple[str, ...]:
        return compute_target.cards_for_workers(self.reader.read())


def application(rules: Rules, ready: Callable[[], None] = lambda: None) -> Starlette:
    """The app.

    Args:
        ready: called once it is about to answer.

    Raises:
        FusionError: the data folder cannot be used, or results cannot be signed where that is asked for.
    """
    Signer.check(config.load())
    service = Service()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        service.start()
        ready()
        with contextlib.closing(service):
            yield

    host = Host(
        jobs=lambda: service.jobs,
        finder=service.finder,
        look=service.watch.look,
        snapshot=service.read,
        asker=rules.asker,
        is_measuring=lambda: False,
        origins=rules.names.origins,
    )
    return Starlette(routes=routes(host), middleware=[Middleware(Entrance, rules=rules)], lifespan=lifespan)
