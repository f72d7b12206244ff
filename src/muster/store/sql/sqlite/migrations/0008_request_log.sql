-- compatible: 5
-- The request log as one searches it: by the resource that a request touched, by the name that it asked for where it
-- touched none, by its id, and what was refused. Of other entries the partial indexes have nothing.
ALTER TABLE request_log ADD COLUMN subject TEXT;    -- the comparison key of a userName or displayName

CREATE INDEX request_log_request  ON request_log (organization, request);
CREATE INDEX request_log_resource ON request_log (organization, resource, time) WHERE resource IS NOT NULL;
CREATE INDEX request_log_subject  ON request_log (organization, subject, time) WHERE subject IS NOT NULL;
CREATE INDEX request_log_refused  ON request_log (organization, connection, time) WHERE status >= 400;
