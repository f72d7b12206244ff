"""The figures of all servers of one run, by server and workload; repeated workloads count with their best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.lineup import OURS, PEERS, Store

Record = dict[str, Any]


@dataclass
class Results:
    """Records by server name and workload name, the servers in the order they ran."""

    servers: dict[str, dict[str, Record]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    loaded: dict[str, int] = field(default_factory=dict)

    def add(self, server: str, document: Record) -> None:
        """Keep what a generator wrote; where a workload ran more than once, its best rate and its least CPU."""
        records: list[Record] = document["workloads"]
        self.loaded[server] = document.get("users_loaded") or document["users"]
        kept = self.servers.setdefault(server, {})
        for record in records:
            name = record["workload"]
            kept[name] = _better(kept[name], record) if name in kept else record

    def rate(self, server: str, workload: str) -> float | None:
        """Operations per second; None where it was not run or answered wrongly."""
        return self._figure(server, workload, "ops_s")

    def cost(self, server: str, workload: str) -> float | None:
        """Server CPU in ms per operation; None where it was not run or answered wrongly."""
        return self._figure(server, workload, "srv_cpu_ms_op")

    def peers(self, *stores: Store) -> list[str]:
        """The peers that keep their data in one of these, in the order they ran."""
        return [name for name in self.servers if PEERS.get(name) in stores]

    def answered(self, server: str) -> list[str]:
        """The workloads that a server has figures for, in the order they ran."""
        return [name for name in self.servers.get(server, {}) if self.cost(server, name)]

    def errors(self) -> Iterator[str]:
        """One line for each server of ours that could not run, or workload of it that had a wrong answer."""
        yield from (f"{server}: {why}" for server, why in self.missing.items() if server.startswith(OURS))
        for server, records in self.servers.items():
            if server.startswith(OURS):
                for name, record in records.items():
                    if record.get("errors") or "skipped" in record:
                        yield f"{server} {name}: {record.get('skipped') or record['error_kinds']}"

    def _figure(self, server: str, workload: str, key: str) -> float | None:
        record = self.servers.get(server, {}).get(workload, {})
        return None if record.get("wrong") or record.get("final_state") else record.get(key)


def _better(first: Record, second: Record) -> Record:
    """Two runs of one workload as one: the higher rate, the lower cost, the errors of both."""
    if "skipped" in first or "skipped" in second:
        return second if "skipped" in first else first
    best = dict(max(first, second, key=lambda record: float(record["ops_s"] or 0)))
    costs = [record["srv_cpu_ms_op"] for record in (first, second) if "srv_cpu_ms_op" in record]
    if costs:
        best["srv_cpu_ms_op"] = min(costs)
    best["errors"] = first["errors"] + second["errors"]
    if best["errors"]:
        best["error_kinds"] = {**first.get("error_kinds", {}), **second.get("error_kinds", {})}
    return best
