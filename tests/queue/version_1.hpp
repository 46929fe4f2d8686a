// SPDX-License-Identifier: Apache-2.0
// A store as version 1 of the schema made it, with messages in many states. Never changed: stores
// like it are on disks.
#pragma once

#include "queue/sqlite.hpp"

#include <catch2/catch.hpp>

namespace queue {

inline constexpr const char* tables_of_version_1 = R"sql(
PRAGMA application_id = 0x4b757269;
PRAGMA user_version = 1;

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
    last_error      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX message_identity ON message(message_id, origin);
CREATE UNIQUE INDEX message_submission ON message(client, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX message_state ON message(state, sequence);
CREATE INDEX message_participant ON message(participant, state, sequence);
CREATE INDEX message_due ON message(due, sequence)
    WHERE direction = 'outbound' AND due IS NOT NULL;
CREATE INDEX message_due_by_peer ON message(peer, due, sequence)
    WHERE direction = 'outbound' AND due IS NOT NULL;
CREATE INDEX message_inbox ON message(participant, due, sequence)
    WHERE direction = 'inbound' AND due IS NOT NULL;

-- How many messages are in each state, so that asking does not mean counting a million.
CREATE TABLE state_count (
    state    TEXT PRIMARY KEY,
    messages INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
    INSERT INTO state_count VALUES (NEW.state, 1)
        ON CONFLICT (state) DO UPDATE SET messages = messages + 1;
END;
CREATE TRIGGER message_changed AFTER UPDATE OF state ON message WHEN OLD.state <> NEW.state BEGIN
    UPDATE state_count SET messages = messages - 1 WHERE state = OLD.state;
    INSERT INTO state_count VALUES (NEW.state, 1)
        ON CONFLICT (state) DO UPDATE SET messages = messages + 1;
END;

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

inline constexpr const char* rows_of_version_1 = R"sql(
INSERT INTO message (sequence, id, direction, state, due, participant, origin, message_id, conversation_id,
    from_party, to_party, sender, recipient, service, action, peer, created, changed, expires, client,
    idempotency_key, content_sha256, attempts, outcome_unknown, last_error)
VALUES
    (1, 'out-1', 'outbound', 'queued', 1700000000000, 'participant-a', 'us', 'one@a', 'c', 'party-a', 'party-b',
     'participant-a', 'participant-b', 'service', 'action', 'peer-b', 1700000000000, 1700000000000,
     1700003600000, 'client', 'key-1', x'01', 0, 0, ''),
    (2, 'out-2', 'outbound', 'deferred', 1700000060000, 'participant-a', 'us', 'two@a', 'c', 'party-a', 'party-c',
     'participant-a', 'participant-c', 'service', 'action', 'peer-c', 1700000001000, 1700000002000,
     1700003601000, 'client', 'key-2', x'02', 1, 1, 'no answer'),
    (3, 'out-3', 'outbound', 'delivered', NULL, 'participant-a', 'us', 'three@a', 'c', 'party-a', 'party-b',
     'participant-a', 'participant-b', 'service', 'action', 'peer-b', 1700000002000, 1700000003000,
     1700003602000, 'client', 'key-3', x'03', 1, 0, ''),
    (4, 'in-1', 'inbound', 'received', 0, 'participant-a', 'party party-b', 'four@b', 'c', 'party-b', 'party-a',
     'participant-b', 'participant-a', 'service', 'action', 'peer-b', 1700000003000, 1700000003000, 0, '',
     NULL, x'', 0, 0, ''),
    (5, 'in-2', 'inbound', 'acknowledged', NULL, 'participant-a', 'party party-b', 'five@b', 'c', 'party-b',
     'party-a', 'participant-b', 'participant-a', 'service', 'action', 'peer-b', 1700000004000, 1700000005000,
     0, '', NULL, x'', 0, 0, ''),
    (6, 'in-3', 'inbound', 'refused', NULL, 'participant-x', NULL, 'six@b', 'c', 'party-b', 'party-a',
     'participant-b', 'participant-x', 'service', 'action', 'peer-b', 1700000006000, 1700000006000, 0, '',
     NULL, x'', 0, 0, 'not served');
INSERT INTO envelope VALUES (1, x'', x'5E'), (2, x'', x'5F'), (3, x'', x'60'), (4, x'61', x'62'), (5, x'61', x'63');
INSERT INTO part VALUES
    (1, 0, 'message', 'text/xml', 'utf-8', 1, 10, 3, x'AA', NULL, x'010203'),
    (2, 0, 'message', 'text/xml', 'utf-8', 1, 10, 3, x'AB', NULL, x'010204'),
    (3, 0, 'message', 'text/xml', '', 0, 9, 9, x'AC', 'file-3', NULL),
    (4, 0, 'message', 'text/xml', 'utf-8', 1, 10, 3, x'AD', NULL, x'010206'),
    (5, 0, 'message', 'text/xml', 'utf-8', 1, 10, 3, x'AE', NULL, x'010207');
INSERT INTO receipt VALUES
    (3, x'', 'receipt-3', x'70', x'71'), (4, x'72', 'receipt-4', x'', x'73'), (5, x'74', 'receipt-5', x'', x'75');
INSERT INTO attempt VALUES
    (2, 1, 1700000001500, 20, 'https://c.example/', 'CN=c', 0, 'no answer', '', 100),
    (3, 1, 1700000002500, 30, 'https://b.example/', 'CN=b', 200, '', '', 200);
INSERT INTO event (message, at, name, detail) VALUES
    (1, 1700000000000, 'submitted', ''), (2, 1700000001000, 'submitted', ''),
    (2, 1700000002000, 'deferred', 'no answer'), (3, 1700000002000, 'submitted', ''),
    (3, 1700000003000, 'delivered', ''), (4, 1700000003000, 'received', ''),
    (5, 1700000004000, 'received', ''), (5, 1700000005000, 'acknowledged', ''),
    (6, 1700000006000, 'refused', 'not served');
)sql";

// At `file`, with the write-ahead log as a start would find it.
inline void make_store_of_version_1(const base::Path& file)
{
    auto database = Connection::open(file, Connection::Access::read_write);
    REQUIRE(database);
    REQUIRE(database->script("PRAGMA journal_mode = WAL"));
    REQUIRE(database->script(tables_of_version_1));
    REQUIRE(database->script(rows_of_version_1));
}

} // namespace queue
