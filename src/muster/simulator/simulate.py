"""`simulate`: a provider's whole conversation with a server, step by step, as it happens.

Law: it tells of each step when it is over and keeps nothing; whoever stops listening stops it. Where there is nothing
to talk to it says so at once, in one line.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Final

from muster.simulator.judge import is_scim_error, schemas
from muster.simulator.line import Line, Request
from muster.simulator.options import Options, Target, TargetRefused
from muster.simulator.scene import GONE, Act, Scene, Skipped
from muster.simulator.script import acts, provider_of
from muster.simulator.step import Exchange, Step, Verdict

_SILENCES: Final = 3  # steps in a row without any answer, after which the server is given up
_EXPLANATIONS: Final[Mapping[int, str]] = {
    401: "the server refuses the key (401): is it whole, not expired or revoked, and of this very connection?",
    403: "the server knows the key and does not let it in (403): it needs the right to provision",
    404: "there is no SCIM at {base} (404): paste the base URL whole, as it was given to the IdP",
}


async def simulate(target: Target, provider: str, options: Options) -> AsyncGenerator[Step, None]:
    """Play a provider (one of `PROVIDERS`) against a server; yield each step when it has been judged.

    Raises ValueError before anything is sent: the options do not fit the provider. Raises TargetRefused in place of the
    first step: nobody answers there, the key is refused, or it is no SCIM server; and later if the server falls silent.
    """
    chosen = provider_of(provider, options)
    script = acts(chosen, options, next_key=target.next_authorization is not None)
    async with Line(target, chosen.headers, options) as line:
        scene = Scene(line, chosen, chosen.cast)
        silences = 0
        for number, act in enumerate(script, 1):
            step = await _played(scene, act, number, len(script))
            if number == 1 and step.verdict == "failed":
                await _explain(target, line, step.exchanges[0])
            silences = silences + 1 if _silent(step.exchanges) else 0
            if silences == _SILENCES:
                raise TargetRefused(f"{target.base} has stopped answering: {step.exchanges[-1].problem}")
            yield step


async def _played(scene: Scene, act: Act, number: int, of: int) -> Step:
    scene.findings, scene.line.exchanges = [], []
    verdict: Verdict = "passed"
    try:
        await act.play(scene)
    except Skipped as reason:
        verdict = "skipped"
        scene.findings = scene.findings or [str(reason)]
    if scene.line.exchanges and scene.findings:
        verdict = "failed"
    findings, exchanges = tuple(scene.findings), tuple(scene.line.exchanges)
    return Step(number, of, act.title, act.why, act.expected, verdict, findings, exchanges)


def _silent(exchanges: tuple[Exchange, ...]) -> bool:
    return bool(exchanges) and not any(exchange.status for exchange in exchanges)


async def _explain(target: Target, line: Line, first: Exchange) -> None:
    """Raise TargetRefused where the first answer shows that there is nothing to talk to."""
    if not first.status:
        raise TargetRefused(f"nobody answers at {target.base}: {first.problem}")
    if first.status == GONE:  # which may also be how the server says that it has found nobody
        first = await line.send(Request("GET", "/ServiceProviderConfig"))
    if first.status in _EXPLANATIONS:
        raise TargetRefused(_EXPLANATIONS[first.status].format(base=target.base))
    if isinstance(first.came, str) and first.came.startswith("redirects to "):
        raise TargetRefused(f"{target.base} {first.came}; give the URL that it leads to")
    if not (is_scim_error(first.came) or schemas(first.came)):
        raise TargetRefused(
            f"{target.base} answers {first.status}, but not as a SCIM server; is it the base URL?"
        )
