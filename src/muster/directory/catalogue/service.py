"""What is wrong with the service, not with the request; and the refusals of management."""

from __future__ import annotations

from typing import Final

from muster.directory.catalogue.entry import Entry

_AGAIN: Final = "Nothing: the IdP tries again."
_OPERATOR: Final = "Tell the operator the request's id, which every answer has as X-Request-Id."

SERVICE: Final = (
    Entry(
        "too-many-requests",
        "Too many requests of the organization are under way at once.",
        "The status is 429; Retry-After says when to come again.",
        "Nothing, if it is rare. Else raise MUSTER_MOST_IN_FLIGHT, or let fewer clients run at once.",
    ),
    Entry("database-unavailable", "The database did not answer; nothing was done.", "The status is 503.", _AGAIN),
    Entry(
        "outcome-unknown",
        "The database was lost while it committed: whether the request was done is not known.",
        "The status is 503, and the detail says so.",
        _AGAIN,
    ),
    Entry("internal-error", "Something is wrong in Muster.", "The status is 500.", _OPERATOR),
)  # fmt: skip

MANAGEMENT: Final = (
    Entry("malformed", "The request cannot be read.", "The body is not JSON.", "Send JSON."),
    Entry(
        "invalid_parameter",
        "A parameter of the query is not known here, or is there twice.",
        "The detail names it.",
        "Take it out; docs/reference/management-api.md has the parameters of each route.",
    ),
    Entry("invalid_cursor", "The cursor is not one of this list.", "cursor.", "Begin anew without one."),
    Entry(
        "organization_required",
        "A key of the platform opens every organization, and none is named.",
        "The parameter organization is missing.",
        "Add `?organization=ID`; `muster organization list` shows the ids.",
    ),
    Entry(
        "unauthorized",
        "The management key opens nothing: it is missing, mistyped, expired or revoked.",
        "The Authorization header.",
        "Make a new one with `muster api-key create`. Keys of connections open nothing here.",
    ),
    Entry("forbidden", "The management key does not allow this.", "Its scopes.", "Use a key with the scope write."),
    Entry("not_found", "There is no such thing, or it is another organization's.", "The path.", "Check the id."),
    Entry("method_not_allowed", "The address does not take this method.", "The answer's Allow.", "Use one of those."),
    Entry("conflict", "Something that is there stands against this.", "The detail.", "Do what the detail says."),
    Entry(
        "idempotency_key_in_use",
        "The same request, with the same Idempotency-Key, is being answered.",
        "The header Idempotency-Key.",
        "Send it again in a moment: then it is answered as the first time.",
    ),
    Entry(
        "idempotency_key_reused",
        "The Idempotency-Key stands for another request that was answered before.",
        "The header Idempotency-Key.",
        "Make a new key for each thing that is to be created.",
    ),
    Entry("too_large", "The body is too large.", "Its size.", "Send less at a time."),
    Entry("unsupported_media_type", "The body is not said to be JSON.", "Content-Type.", "Send application/json."),
    Entry("invalid", "Something in the request is not as it must be.", "`errors` says what.", "Correct it."),
    Entry("refused", "This cannot be done.", "The detail.", "Do what the detail says."),
    Entry("internal", "Something is wrong in Muster.", "The status is 500.", _OPERATOR),
    Entry("unavailable", "The database did not answer; nothing was done.", "The status is 503.", "Try again."),
    Entry(
        "outcome_unknown",
        "The database was lost while it committed: whether this was done is not known.",
        "The status is 503.",
        "Look, then try again.",
    ),
)  # fmt: skip
