-- Where a request came from: the client's address, as far as the proxies between are trusted. NULL in older entries.
ALTER TABLE request_log ADD COLUMN address TEXT;
