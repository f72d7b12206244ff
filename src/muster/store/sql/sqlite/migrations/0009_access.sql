-- compatible: 5
-- Which change brought a membership: found by the request that the membership names. Changes of users are left out: they
-- are most of all changes, and nobody asks for them so.
CREATE INDEX changes_of_request ON changes (organization, request) WHERE resource_type = 'Group';
