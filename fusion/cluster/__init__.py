"""Workers on other machines, by Ray: the same worker process, started on a node and spoken to through an actor.

`connect` joins a cluster, which says which `Place`s there are and starts a worker at one: to a supervisor
(`fusion.worker`) it is a process like any other. `Slots` follows the nodes as they come and go. Photos go there and
results come back through Ray's object store; the database stays with the head, and so do retries. Ray is loaded by
`connect` alone.
"""

from __future__ import annotations

from fusion.cluster.nodes import Cluster, Place, configured, connect
from fusion.cluster.slots import Slots

__all__ = ["Cluster", "Place", "Slots", "configured", "connect"]
