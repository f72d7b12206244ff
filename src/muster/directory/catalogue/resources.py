"""Requests about users and groups that cannot be done as they are."""

from __future__ import annotations

from typing import Final

from muster.directory.catalogue.entry import Entry, Place

RESOURCES: Final = (
    Entry(
        "user-name-taken",
        "Another user of the same connection has this userName.",
        "The userName in the body; a query by it shows who has it.",
        "Let the IdP find the person instead of making one: match on userName. Or give one of the two another name.",
        Place.MAPPING,
    ),
    Entry(
        "user-adoptable",
        "A local user has this userName, and the connection adopts local users: a second one is not made.",
        "The userName in the body; a look-up by it finds the local user.",
        "Let the IdP match on userName before it creates: what it finds keeps its id and account, and becomes its own.",
        Place.MAPPING,
    ),
    Entry(
        "adopted-as-another",
        "The request takes over a local user and at once gives it another userName, or another primary or work e-mail.",
        "The detail names the attribute; a look-up shows what the local user has.",
        "Let the IdP match on userName, and give the local user the userName and e-mail that the IdP has before it is"
        " taken over. If it is another person, correct what the IdP matches by.",
        Place.MAPPING,
    ),
    Entry(
        "domain-unverified",
        "The connection takes users of verified domains only, and userName or primary e-mail is of another.",
        "The domain in the detail; `muster domain list` shows those that are verified.",
        "Verify the domain here, or leave these people out.",
        Place.PEOPLE,
    ),
    Entry(
        "group-name-taken",
        "Another group of the same connection has this displayName.",
        "The displayName in the body.",
        "Link to the group that is there, or rename one of the two.",
        Place.GROUPS,
    ),
    Entry(
        "external-id-taken",
        "Another user or group of the same connection has this externalId.",
        "The externalId in the body; usually an attribute is mapped to it that is not unique.",
        "Map externalId to an id of the IdP that is never used again, such as objectId.",
        Place.MAPPING,
    ),
    Entry(
        "user-unknown",
        "There is no user with this id: it was deleted, or is another connection's.",
        "The id at the end of the path.",
        "Let the IdP forget the id: take the person off the app and assign them again.",
        Place.PEOPLE,
    ),
    Entry(
        "group-unknown",
        "There is no group with this id: it was deleted, or is another connection's.",
        "The id at the end of the path.",
        "Unlink the group in the IdP and push it again.",
        Place.GROUPS,
    ),
    Entry(
        "member-unknown",
        "The group would get a member that is not here; nothing of the request was applied.",
        "The id in the detail, in members of the body.",
        "Provision the person first: assign them to the app too, then push the group again.",
        Place.PEOPLE,
    ),
    Entry(
        "group-in-itself",
        "The group would be inside itself, directly or through other groups.",
        "The groups among the members in the body.",
        "Take one of the groups out of the circle in the IdP.",
        Place.GROUPS,
    ),
    Entry(
        "attribute-required",
        "A required attribute has no value, or would lose it.",
        "The attribute that the detail names; in most cases the source is empty for this person.",
        "Fill the source attribute in, or map one that everybody has.",
        Place.MAPPING,
    ),
    Entry(
        "attribute-unknown",
        "The connection is strict, and no schema has this attribute.",
        "The attribute that the detail names.",
        "Take it out of the mapping, or declare it (`muster schema add`).",
        Place.MAPPING,
    ),
    Entry(
        "attribute-immutable",
        "An attribute was to be changed that keeps its first value.",
        "The attribute that the detail names.",
        "Take it out of the mapping for updates.",
        Place.MAPPING,
    ),
    Entry(
        "attribute-read-only",
        "An attribute was to be written that the service provides itself, such as id, meta or groups.",
        "The attribute that the detail names. Groups of a user are changed by changing the groups.",
        "Take it out of the mapping.",
        Place.MAPPING,
    ),
    Entry(
        "value-invalid",
        "A value is missing or is not what its attribute or parameter takes.",
        "The detail names the attribute or parameter and says what was expected.",
        "Change what is mapped to it, or how it is transformed. If the connection is strict, and the IdP sends what"
        ' only the default mode takes, such as a boolean as "False": `muster connection update ID --no-strict`.',
        Place.MAPPING,
    ),
    Entry(
        "value-too-large",
        "A value, or the resource with it, is larger than may be kept.",
        "The detail names the attribute and the limit.",
        "Map something shorter to it, such as the address of a picture instead of the picture, or leave it out.",
        Place.MAPPING,
    ),
    Entry(
        "target-missing",
        "An operation of a PATCH selects nothing that is there.",
        "The path of the operation that the detail names.",
        "If the IdP sent it by itself, choose the default mode for the connection instead of strict.",
    ),
    Entry(
        "path-invalid",
        "The path of an operation, or what to sort by, is malformed or names no attribute.",
        "The detail quotes it.",
        "Correct the name in the mapping; an attribute of an extension has its URN before it.",
        Place.MAPPING,
    ),
    Entry(
        "version-moved",
        "The user or group has been changed since the client read it, and the client asked to be told.",
        "The request has If-Match.",
        "Read it again and repeat the request. IdPs do so by themselves.",
    ),
    Entry(
        "schema-invalid",
        "A custom schema is none that can be held.",
        "The detail names the attribute.",
        "Correct the document; docs/how-to/add-a-custom-schema.md has one that works.",
    ),
)  # fmt: skip
