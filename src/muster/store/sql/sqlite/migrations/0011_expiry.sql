-- compatible: 5
-- Users that were deleted long ago are looked for by when that was.
CREATE INDEX tombstones_deleted ON tombstones (organization, owner, deleted);
