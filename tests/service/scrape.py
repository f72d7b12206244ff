"""Reading `/metrics` as Prometheus would."""

import http.client

from prometheus_client.parser import text_string_to_metric_families

from tests.harness.server import RunningServer


def fetch(server: RunningServer, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """One request outside of SCIM, without a credential: status, headers by lower-case name, body."""
    wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        wire.request(method, path)
        answer = wire.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read()
    finally:
        wire.close()


def scrape(server: RunningServer) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of a scrape by (name, sorted labels)."""
    status, headers, body = fetch(server, "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def labels(**given: str) -> tuple[tuple[str, str], ...]:
    """Labels as `scrape` keys them."""
    return tuple(sorted(given.items()))
