"""Our PATCH and scim2-models' on the same resources: they agree, or a requirement says who is right.

Both in their strict reading; members are rows here and are compared over HTTP by the vectors. The table must be exact.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.cases import EXTENSION, difference, load, storable, view
from tests.oracles.peer import REFUSED, SIDES, patched_by_them, patched_by_us

VECTORS = load("patch")
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

# case: (check number, what they do, what we do)
DIFFERENCES = {
    "P059": ("R227", "merge the selected element", "replace the selected element"),
    "P107": ("R219", "refuse a remove with a value", "the value is ignored: the path says what to remove"),
    "P146": ("R210", "two values become primary", "refused: at most one may be"),
    "P187": ("R131", 'take "2.25" for a decimal', "a value of another type is refused"),
    "P189": ("R131", 'take "false" for a boolean', "a value of another type is refused"),
    "P193": ("R009", "take a date without a time", "a dateTime has both"),
    "P211": ("R056", "take an empty userName", "refused"),
    "P223": ("R195", "refuse a readOnly sub-attribute in a value", "it is left aside, the rest is done"),
    "P267": ("R203", "take a message without schemas", "refused"),
    "P269": ("R203", "take a message with empty schemas", "refused"),
    "P283": ("R278", "compare the message's URN exactly", "URNs are case-insensitive"),
    "P290": ("R056", "take an empty userName", "refused, with what stood before it in the request"),
    "P302": ("R131", 'take "False" for a boolean', "strict: refused"),
    "P304": ("R131", 'take "false" for a boolean', "strict: refused"),
}


def without_members(resource: Any) -> Any:
    """The resource less its members, or REFUSED."""
    if resource == REFUSED:
        return REFUSED
    return view({key: value for key, value in resource.items() if key != "members"})


def concerns_members(case: dict[str, Any]) -> bool:
    """Whether the request names members anywhere: our plan then has steps on rows."""
    return case["resourceType"] == "Group" and "members" in str(case["request"])


def test_the_vectors_end_the_same_or_the_table_says_why() -> None:
    """Over all PATCH vectors on documents, the differing ones are exactly those of the table."""
    differing = {}
    for case in VECTORS["cases"]:
        if concerns_members(case):
            continue
        side, base = SIDES[case["resourceType"]], VECTORS["bases"][case["base"]]
        ours = without_members(patched_by_us(side, base, case["request"]))
        theirs = without_members(patched_by_them(side, base, case["request"]))
        if ours != theirs:
            differing[case["id"]] = (theirs, ours)
    assert differing.keys() == DIFFERENCES.keys(), differing


# --- generated requests: only what both sides claim to do alike -------------------------------------------------------

WORDS = st.sampled_from(["red", "Blue", "a b", "ü", "0", "x" * 40])
SINGLE = ["displayName", "nickName", "title", "userType", "name.givenName", "name.middleName"]
EXTENDED = [f"{ENTERPRISE}:department", f"{ENTERPRISE}:costCenter", f"{EXTENSION}:looseString"]
PATHS = st.sampled_from([*SINGLE, *EXTENDED])
KINDS = st.sampled_from(["work", "home"])
NAMES = st.sampled_from(["a", "b.c", "D", "x" * 40])
ADDRESS = st.fixed_dictionaries({"value": NAMES.map(lambda name: f"{name}@example.com"), "type": KINDS})


def distinct(address: dict[str, str]) -> tuple[str, str]:
    """What makes two addresses the same one."""
    return address["value"], address["type"]


def operation(op: st.SearchStrategy[str], path: Any, value: Any = None) -> st.SearchStrategy[dict[str, Any]]:
    """One operation; without `value` where there is none."""
    parts = {"op": op, "path": path} | ({} if value is None else {"value": value})
    return st.fixed_dictionaries(parts)


WRITE, ADD, REPLACE, REMOVE = (
    st.sampled_from(["add", "replace"]),
    st.just("add"),
    st.just("replace"),
    st.just("remove"),
)
# No list names one value twice: we keep it once (R018), they twice.
OPERATIONS = st.one_of(
    operation(WRITE, PATHS, WORDS),
    operation(REMOVE, PATHS),
    operation(WRITE, st.just("active"), st.booleans()),
    operation(WRITE, st.just(f"{EXTENSION}:level"), st.integers(-5, 5)),
    operation(ADD, st.just("emails"), st.lists(ADDRESS, min_size=1, max_size=2, unique_by=distinct)),
    operation(ADD, st.just("emails"), ADDRESS),
    operation(REPLACE, st.just("emails"), st.lists(ADDRESS, min_size=1, max_size=3, unique_by=distinct)),
    operation(REPLACE, KINDS.map(lambda kind: f'emails[type eq "{kind}"].display'), WORDS),
    operation(REMOVE, KINDS.map(lambda kind: f'emails[type eq "{kind}"].display')),
    operation(REMOVE, KINDS.map(lambda kind: f'emails[type eq "{kind}"]')),
    operation(REMOVE, st.sampled_from(["emails", "phoneNumbers", "name", "addresses.region"])),
    operation(WRITE, st.just("name"), st.fixed_dictionaries({"givenName": WORDS})),
    st.fixed_dictionaries({"op": WRITE, "value": st.dictionaries(PATHS, WORDS, min_size=1, max_size=3)}),
)
REQUESTS = st.lists(OPERATIONS, min_size=1, max_size=5).map(
    lambda operations: {"schemas": [PATCH_OP], "Operations": operations}
)


@settings(max_examples=600, deadline=None)
@given(request=REQUESTS, base=st.sampled_from(["user", "min", "ext"]))
def test_generated_requests_end_the_same(request: Any, base: str) -> None:
    """On requests that both claim to support, both refuse, or both end with the same resource."""
    side, before = SIDES["User"], VECTORS["bases"][base]
    ours, theirs = patched_by_us(side, before, request), patched_by_them(side, before, request)
    if REFUSED in (ours, theirs):
        assert ours == theirs
    else:
        theirs = {**theirs, "emails": each_once(theirs.get("emails"))}
        assert view(ours) == view(theirs), difference(ours, theirs)


def each_once(addresses: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The first of each value and type: to us an add of one that is there is no change (R018), whatever it displays."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for address in addresses or []:
        first.setdefault(distinct(address), address)
    return list(first.values())


@settings(max_examples=300, deadline=None)
@given(request=REQUESTS)
def test_what_is_patched_is_not_changed_itself(request: Any) -> None:
    """Our plan gives a new document and leaves the one it was given alone."""
    base = VECTORS["bases"]["user"]
    before = view(storable(base))
    patched_by_us(SIDES["User"], base, request)
    assert view(storable(base)) == before
