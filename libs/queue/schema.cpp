// SPDX-License-Identifier: Apache-2.0
// The tables of the store. Large octets have tables of their own, so that a change of state does
// not rewrite them.
#include "queue/schema.hpp"

#include "queue/migration.hpp"

namespace queue {
namespace {

constexpr std::int64_t application_id = 0x4b757269; // "Kuri", in the file's header

constexpr const char* tables = R"sql(
PRAGMA application_id = 0x4b757269;
PRAGMA user_version = 3;

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

-- Outbound: the signed forms that went out before the one in `envelope`, oldest first.
CREATE TABLE form (
    message INTEGER NOT NULL REFERENCES message(sequence),
    number  INTEGER NOT NULL,
    octets  BLOB NOT NULL,          -- only in what it differs
    PRIMARY KEY (message, number)
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

base::Result<std::int64_t> number(Connection& database, std::string_view sql)
{
    auto rows = database.query(sql);
    const auto found = rows.next();
    if (!found) return found.error();
    return *found ? rows.integer(0) : 0;
}

base::Result<> create(Connection& database)
{
    const auto strangers = number(database, "SELECT count(*) FROM sqlite_master");
    if (!strangers) return strangers.error();
    if (*strangers != 0) return base::Error(errc::damaged, "kurir.db has tables of something else");
    // The version is written in the same transaction: the store is either complete or still empty.
    if (const auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun.error();
    if (const auto made = database.script(tables); !made) return made.error();
    return database.run("COMMIT");
}

base::Result<> set_up(Connection& database)
{
    auto mode = database.query("PRAGMA journal_mode = WAL");
    const auto found = mode.next();
    if (!found) return found.error();
    if (!*found || mode.view(0) != "wal")
        return base::Error(errc::failed, "the file system does not allow a write-ahead log");
    // SQLite returns "wal" before the change is committed. This step commits it.
    if (const auto committed = mode.next(); !committed) return committed.error();
    // FULL syncs the log at every commit. With less, a power failure could undo what a completion
    // reported.
    return database.script("PRAGMA synchronous = FULL;"
                           "PRAGMA foreign_keys = ON;"
                           "PRAGMA temp_store = MEMORY;"
                           "PRAGMA cache_size = -8000;"
                           "PRAGMA journal_size_limit = 67108864;");
}

base::Result<>
migrate(Connection& database, const base::Path& file, std::int64_t from, base::Time now)
{
    const auto space = base::free_space(file.parent_path());
    if (!space) return space.error();
    return migrate_store(database, {.file = file, .from = from, .at = now, .free_space = *space});
}

// Names the copies of migrations that were committed by a start that ended before naming them.
base::Result<> name_copies(const base::Path& file, base::Time now)
{
    for (std::int64_t from = 1; from < schema_version; ++from)
        if (const auto named = name_copy(file, from, now); !named) return named.error();
    return {};
}

} // namespace

base::Result<> prepare_store(Connection& database, const base::Path& file, base::Time now)
{
    const auto version = number(database, "PRAGMA user_version");
    if (!version) return version.error();
    if (*version > schema_version)
        return base::Error(errc::newer_schema, "schema " + std::to_string(*version));
    if (*version != 0) {
        const auto application = number(database, "PRAGMA application_id");
        if (!application) return application.error();
        if (*version < 0 || *application != application_id)
            return base::Error(errc::damaged, "kurir.db is a database of something else");
    }
    if (const auto ready = set_up(database); !ready) return ready.error();
    if (*version == 0) return create(database);
    if (*version < schema_version) return migrate(database, file, *version, now);
    return name_copies(file, now);
}

} // namespace queue
