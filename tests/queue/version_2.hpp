// SPDX-License-Identifier: Apache-2.0
// A store as version 2 of the schema made it, with the messages of version_1.hpp. Never changed:
// stores like it are on disks.
#pragma once

#include "version_1.hpp"

namespace queue {

inline constexpr const char* tables_of_version_2 = R"sql(
PRAGMA application_id = 0x4b757269;
PRAGMA user_version = 2;

CREATE TABLE message (
    sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    direction       TEXT NOT NULL,
    state           TEXT NOT NULL,
    -- When somebody must look at it again. outbound: queued = created, deferred = next try, sending = end of the lease.
    -- inbound: received = 0, leased = end of the lease. NULL = final.
    due             INTEGER,
    participant     TEXT NOT NULL,  -- whose message it is: the sender of outbound, the recipient of inbound
    origin          TEXT,           -- with message_id what must be unique: 'us', 'party X'; NULL for refused
    message_id      TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    from_party      TEXT NOT NULL,
    to_party        TEXT NOT NULL,
    sender          TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    service         TEXT NOT NULL,
    action          TEXT NOT NULL,
    peer            TEXT NOT NULL,
    created         INTEGER NOT NULL,
    changed         INTEGER NOT NULL,
    expires         INTEGER NOT NULL,
    client          TEXT NOT NULL,  -- who submitted
    idempotency_key TEXT,
    content_sha256  BLOB NOT NULL,
    owner           TEXT NOT NULL DEFAULT '',   -- who holds the lease
    lease           TEXT NOT NULL DEFAULT '',   -- inbound: the token to acknowledge with
    attempts        INTEGER NOT NULL DEFAULT 0,
    deliveries      INTEGER NOT NULL DEFAULT 0,
    outcome_unknown INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT NOT NULL DEFAULT '',
    kept            INTEGER NOT NULL DEFAULT 2  -- 2 = whole, 1 = the payload is gone, the evidence is here
) STRICT;
CREATE UNIQUE INDEX message_identity ON message(message_id, origin);
CREATE UNIQUE INDEX message_submission ON message(client, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX message_state ON message(state, sequence);
CREATE INDEX message_participant ON message(participant, state, sequence);
CREATE INDEX message_due ON message(direction, due, sequence) WHERE due IS NOT NULL;
CREATE INDEX message_due_by_peer ON message(peer, due, sequence)
    WHERE direction = 'outbound' AND due IS NOT NULL;
-- What must end although its destination is blocked.
CREATE INDEX message_expiry ON message(expires) WHERE direction = 'outbound' AND due IS NOT NULL;
CREATE INDEX message_inbox ON message(participant, due, sequence)
    WHERE direction = 'inbound' AND due IS NOT NULL;
-- What has ended, for retention.
CREATE INDEX message_ended ON message(kept, participant, state, changed) WHERE due IS NULL;

-- How many messages of each peer are in each state, so that asking does not mean counting a million.
CREATE TABLE state_count (
    state    TEXT NOT NULL,
    peer     TEXT NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (state, peer)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
    INSERT INTO state_count VALUES (NEW.state, NEW.peer, 1)
        ON CONFLICT (state, peer) DO UPDATE SET messages = messages + 1;
END;
CREATE TRIGGER message_changed AFTER UPDATE OF state ON message WHEN OLD.state <> NEW.state BEGIN
    UPDATE state_count SET messages = messages - 1 WHERE state = OLD.state AND peer = OLD.peer;
    INSERT INTO state_count VALUES (NEW.state, NEW.peer, 1)
        ON CONFLICT (state, peer) DO UPDATE SET messages = messages + 1;
END;
CREATE TRIGGER message_removed AFTER DELETE ON message BEGIN
    UPDATE state_count SET messages = messages - 1 WHERE state = OLD.state AND peer = OLD.peer;
END;

-- What the operator decided about a destination; '' = all of them.
CREATE TABLE destination (
    peer     TEXT PRIMARY KEY,
    standing TEXT NOT NULL,
    since    INTEGER NOT NULL,
    reason   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE envelope (
    message INTEGER PRIMARY KEY REFERENCES message(sequence),
    signer  BLOB NOT NULL,          -- inbound: DER of who signed the message
    octets  BLOB NOT NULL           -- outbound: the sealed form; inbound: the SOAP part as received
) STRICT;

CREATE TABLE part (
    message       INTEGER NOT NULL REFERENCES message(sequence),
    number        INTEGER NOT NULL,
    content_id    TEXT NOT NULL,
    mime_type     TEXT NOT NULL,
    character_set TEXT NOT NULL,
    compressed    INTEGER NOT NULL,
    plain_size    INTEGER NOT NULL,
    stored_size   INTEGER NOT NULL,
    sha256        BLOB NOT NULL,
    file          TEXT,             -- in payloads/, or
    octets        BLOB,             -- here
    PRIMARY KEY (message, number),
    CHECK ((file IS NULL) <> (octets IS NULL))
) STRICT;
CREATE UNIQUE INDEX part_file ON part(file) WHERE file IS NOT NULL;

CREATE TABLE receipt (
    message            INTEGER NOT NULL REFERENCES message(sequence),
    signed_info_digest BLOB NOT NULL,   -- inbound: of the form it answers; outbound: empty
    receipt_id         TEXT NOT NULL,
    signer             BLOB NOT NULL,   -- outbound: DER of who signed it
    octets             BLOB NOT NULL,
    PRIMARY KEY (message, signed_info_digest)
) STRICT;

CREATE TABLE attempt (
    message     INTEGER NOT NULL REFERENCES message(sequence),
    number      INTEGER NOT NULL,
    started     INTEGER NOT NULL,
    took        INTEGER NOT NULL,
    endpoint    TEXT NOT NULL,
    tls_peer    TEXT NOT NULL,
    http_status INTEGER NOT NULL,
    error       TEXT NOT NULL,
    ebms_error  TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    PRIMARY KEY (message, number)
) STRICT;

CREATE TABLE event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    message  INTEGER NOT NULL REFERENCES message(sequence),
    at       INTEGER NOT NULL,
    name     TEXT NOT NULL,
    detail   TEXT NOT NULL
) STRICT;
CREATE INDEX event_message ON event(message, sequence);
)sql";

// At `file`, with the write-ahead log as a start would find it.
inline void make_store_of_version_2(const base::Path& file)
{
    auto database = Connection::open(file, Connection::Access::read_write);
    REQUIRE(database);
    REQUIRE(database->script("PRAGMA journal_mode = WAL"));
    REQUIRE(database->script(tables_of_version_2));
    REQUIRE(database->script(rows_of_version_1));
}

} // namespace queue
