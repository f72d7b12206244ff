"""Requests that are not the messages they should be, or ask for what there is not."""

from __future__ import annotations

from typing import Final

from muster.directory.catalogue.entry import Entry, Place

_CLIENT: Final = "This is the client's to mend: tell its maker what the detail says."

MESSAGES: Final = (
    Entry(
        "request-invalid",
        "The request is refused for a reason that has no code of its own.",
        "The detail.",
        _CLIENT,
    ),
    Entry(
        "json-invalid",
        "The body is not JSON, is missing, or is nested too deep.",
        "The detail says at which character.",
        "Correct the template that the body is made from.",
        Place.MAPPING,
    ),
    Entry("message-invalid", "The body is JSON, but not the message that belongs here.", "The detail.", _CLIENT),
    Entry(
        "schemas-wrong",
        "The list of schemas is missing or names what does not belong here.",
        "schemas in the body.",
        "Correct the template, or choose the default mode for the connection instead of strict.",
        Place.MAPPING,
    ),
    Entry(
        "scim-1",
        "The client speaks SCIM 1.1.",
        "schemas in the body begins with urn:scim:schemas:core:1.0.",
        "Choose SCIM 2.0 in the IdP.",
        Place.SETTINGS,
    ),
    Entry(
        "protocol-version",
        "The address has another version of the protocol.",
        "The path has v1 in place of v2.",
        "Enter the base URL as it was printed; it ends in /v2.",
        Place.SETTINGS,
    ),
    Entry(
        "address-unknown",
        "There is nothing at this address.",
        "The path; a base URL is /scim/, the id of the connection, /v2.",
        "Enter the base URL as it was printed (`muster connection list`).",
        Place.SETTINGS,
    ),
    Entry("method-not-allowed", "The address does not take this method.", "The answer's Allow says which.", _CLIENT),
    Entry("media-type", "The body is not said to be JSON.", "The Content-Type of the request.", _CLIENT),
    Entry(
        "filter-invalid",
        "The filter cannot be understood, or compares what cannot be compared.",
        "filter in the address; the detail says at which character.",
        "Match on an attribute that a filter can name, such as userName or externalId.",
        Place.MAPPING,
    ),
    Entry("too-many-results", "The filter finds more than can be worked on.", "filter.", "Ask for less at a time."),
    Entry("discovery-filter", "Discovery is read whole, not filtered.", "filter in the address.", _CLIENT),
    Entry("operation-forbidden", "The request is understood and refused.", "The detail.", _CLIENT),
    Entry("sensitive-address", "The address has what should stand in a body.", "The address.", _CLIENT),
    Entry("cursor-invalid", "The cursor is not one that this query was answered with.", "cursor.", _CLIENT),
    Entry("cursor-expired", "The cursor is older than an hour.", "cursor.", "Begin anew without one."),
    Entry("count-invalid", "A page by cursor has 0 to 1000 resources.", "count in the address.", _CLIENT),
    Entry("bulk-circle", "Operations of a bulk request need each other.", "Their bulkIds.", _CLIENT),
    Entry("bulk-id-unknown", "A bulkId is named that no operation makes.", "The detail names it.", _CLIENT),
    Entry(
        "request-too-large",
        "The body, or the number of its parts, is over a limit.",
        "The detail names the limit; docs/reference/scim.md has all of them.",
        "Push large groups in several steps.",
        Place.GROUPS,
    ),
    Entry("not-offered", "A part of the protocol that is not offered, such as /Me.", "The path.", _CLIENT),
)  # fmt: skip
