"""Requests that open nothing: their key, their address, the state of what they lead to."""

from __future__ import annotations

from typing import Final

from muster.directory.catalogue.entry import Entry, Place

_ROTATE: Final = "Make a new key (`muster credential create`) and enter it in the IdP."

CREDENTIALS: Final = (
    Entry(
        "key-missing",
        "The request has no Authorization header.",
        "The entry has no credential.",
        "Enter the connection's key in the IdP; where it asks for a method, choose Bearer, or an HTTP header.",
        Place.SETTINGS,
    ),
    Entry(
        "key-refused",
        "The key opens nothing. The answer says no more, so that nobody learns about keys by trying them.",
        "The request log says which of the reasons below it was: of the connection, or with `--refused`.",
        "Look the request up in the log, and do what its entry says.",
        Place.SETTINGS,
    ),
    Entry(
        "key-malformed",
        "What was sent as a key is none: it is cut off, mistyped, or another product's.",
        "Its check digits are wrong; a key begins with `mst_` and has 65 characters.",
        "Copy the key once more, whole and without spaces. If it is lost: make a new one, it is shown only once.",
        Place.SETTINGS,
    ),
    Entry(
        "bearer-missing",
        "The key stands in the Authorization header without the word `Bearer` before it.",
        "The header begins with a key, or is empty.",
        "Send `Authorization: Bearer` and the key; where the IdP asks for a method, choose Bearer token.",
        Place.SETTINGS,
    ),
    Entry(
        "bearer-twice",
        "`Bearer` stands twice in the Authorization header.",
        "The IdP puts `Bearer` before what was entered, and it was entered with the key too.",
        "Enter the key alone, from `mst_` on: the product adds `Bearer` itself.",
        Place.SETTINGS,
    ),
    Entry(
        "key-of-management",
        "What was sent is a key of the management API, which opens nothing for an IdP.",
        "It begins with `msm_`; a connection's key begins with `mst_`.",
        "Enter the connection's key, and keep the management key away from the IdP: revoke it if others have seen it.",
        Place.SETTINGS,
    ),
    Entry(
        "key-unknown",
        "The key is well-formed, but none of this organization's.",
        "No credential has the id in it: it is of another installation or of a database that was put back.",
        _ROTATE,
        Place.SETTINGS,
    ),
    Entry(
        "service-account-id",
        "With HTTP Basic the id of a service account was sent as the user name, in place of the id of one of its keys.",
        "The user name is the id of a service account of this organization.",
        "Enter the key id that was printed with the secret as the user name: `muster service-account key list`.",
        Place.SETTINGS,
    ),
    Entry(
        "key-wrong",
        "The key names a credential of this organization, and what proves it is wrong.",
        "The entry names the credential; keys are never this nearly right by accident.",
        "If you do not know who sent it, look at the address, and rotate the credential (`muster credential rotate`).",
    ),
    Entry(
        "key-expired",
        "The key has reached the end of its life.",
        "The entry names the credential; `muster credential list` shows when it ended.",
        _ROTATE,
        Place.SETTINGS,
    ),
    Entry(
        "key-revoked",
        "The key was revoked, or rotated without overlap.",
        "The entry names the credential; the change that revoked it says who did.",
        _ROTATE,
        Place.SETTINGS,
    ),
    Entry(
        "key-replaced",
        "The key was rotated, and the time in which both were good is over.",
        "The entry names the credential; the new one is in `muster credential list`.",
        "Enter the new key in the IdP; if it is lost, make another.",
        Place.SETTINGS,
    ),
    Entry(
        "key-of-another-organization",
        "Somebody sent a key of another organization to the address of this connection.",
        "The entry has the address that it came from, and no credential.",
        "Nothing was opened. If it is your own IdP, enter base URL and key of one and the same connection.",
        Place.SETTINGS,
    ),
    Entry(
        "address-not-of-key",
        "The key is good, but the address is not that of its connection.",
        "The path has another connection's id, or none that there is.",
        "Enter the base URL that was printed with the key (`muster connection list`).",
        Place.SETTINGS,
    ),
    Entry(
        "refused-often",
        "More different requests were refused than are told apart: these are counted together.",
        "`repeated` says how many; the entries beside it are examples.",
        "Mend what those say. If nobody of yours sent them, somebody guesses: nothing was opened.",
    ),
    Entry(
        "authorization-twice",
        "The request has more than one Authorization header.",
        "One is usually the IdP's own, another a custom header.",
        "Leave the custom header away.",
        Place.SETTINGS,
    ),
    Entry(
        "key-in-address",
        "A credential was sent in the address too, where logs would keep it.",
        "The query string has access_token.",
        "Send the key in the Authorization header alone.",
        Place.SETTINGS,
    ),
    Entry(
        "connection-paused",
        "The connection is paused: nothing is taken over until somebody lets it go on.",
        "The connection's state is paused; the change that paused it says who did.",
        "Activate the connection; the IdP then sends again what was refused.",
        Place.AGAIN,
    ),
    Entry(
        "connection-disabled",
        "The connection is disabled or deleted, or its organization is disabled.",
        "The state of the connection or of the organization; the change says who did it.",
        "Activate it here, or take the app out of the IdP.",
        Place.SETTINGS,
    ),
    Entry(
        "address-not-allowed",
        "The request came from an address outside the networks that the connection allows.",
        "The entry's address.",
        "Add the network to the connection, if it is your IdP's. Behind a proxy, see `MUSTER_TRUSTED_PROXIES`.",
    ),
    Entry(
        "groups-off",
        "Group management is switched off for this connection.",
        "The path begins with /Groups.",
        "Switch it on here, or switch the pushing of groups off in the IdP.",
        Place.GROUPS,
    ),
    Entry(
        "connection-changing",
        "The connection was changed several times while the request was under way; nothing was done.",
        "The status is 503.",
        "Nothing: the IdP tries again.",
    ),
)  # fmt: skip
