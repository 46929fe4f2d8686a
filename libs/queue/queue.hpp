// SPDX-License-Identifier: Apache-2.0
// The durable record of every message. SQLite, WAL, synchronous=FULL; one writer thread gathers
// what waits and commits it together (each item in its savepoint). A completion runs on the writer
// thread, after the commit, so whoever gets one may answer a peer or a client: what it says
// survives kill -9 and power loss. A failed commit or sync ends the process' work: on_lost is
// called once, everything after fails with errc::failed.
#pragma once

#include "queue/backup.hpp"
#include "queue/obstacles.hpp"
#include "queue/records.hpp"
#include "queue/retention.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace queue {

template <class T> using Completion = std::function<void(base::Result<T>)>;

struct Settings {
    base::Path folder; // the data folder: kurir.db, payloads/, spool/, lock
    std::uint64_t row_payload_limit = base::spool_memory_limit; // larger payloads are files
    std::size_t group_limit = 256;                              // items of one commit
    std::size_t waiting_limit =
        4096; // items that wait for the writer; above, callers get errc::stopped… never memory
    std::uint64_t waiting_octets_limit = 64u << 20; // of content that those hold in memory
    int checkpoint_pages = 4000;            // of the log, 4 KB each: then it goes into the database
    std::uint64_t log_warning = 256u << 20; // octets of the log: then it is told who holds it
    // How long a start waits for another process that holds a lock on the store.
    base::Duration start_wait = std::chrono::seconds(30);
};

class Queue {
public:
    // Takes the folder's lock, opens, creates or migrates the store, removes spool files, begins to
    // sweep payload files; what was `sending` or whose lease lapsed goes back to the waiting ones
    // only by its lease's expiry. errc::newer_schema, damaged, failed, locked (another process
    // still had a lock on the store after Settings::start_wait); base::errc::locked. on_lost runs
    // on the thread that met the trouble; it must not close the queue itself.
    static base::Result<Queue>
    open(const Settings& settings, std::function<void(const base::Error&)> on_lost);
    Queue(Queue&&) noexcept;
    Queue& operator=(Queue&&) noexcept;
    ~Queue(); // close()
    // Finishes what waits, then joins the writer. While another process holds the store's lock, it
    // waits for so long at most. Completions of what is left get errc::locked: returns the number
    // of these results, acknowledgements and renewals, which are logged and not written.
    std::size_t close(base::Duration patience = std::chrono::seconds(5));
    // From `end` on nothing waits for the lock of another process: completions get errc::locked.
    // For the beginning of a stop. Any thread.
    void limit_waiting(std::chrono::steady_clock::time_point end);

    base::Path spool_folder() const;

    // --- Writes. Each may first block the caller on payload files (adopt, sync, folder sync); call
    // them off the I/O thread.

    // Same (client, idempotency_key) and content: the first one's Enqueued; other content:
    // errc::conflict, as for a MessageId that another of our messages has.
    void enqueue(Outbound message, Completion<Enqueued> done);
    // Compare-and-set: messages that are due (queued, deferred with next_try <= now, sending with a
    // lapsed lease) become `sending` under `owner` until lease_until. In turns over the peers, from
    // the one that follows `after` on, the oldest due of each first; before them those whose time
    // to live is over.
    struct Claim {
        base::Time now; // of the clock that due times and leases are of
        base::Time lease_until;
        std::string owner;
        std::size_t limit = 16; // beside the expired ones
        std::string after;      // the peer whose turn was last; "" = from the first on
        std::map<std::string, std::size_t, std::less<>> slots = {}; // of a peer; 0 = skip it
        std::size_t default_slots = 16; // places of a peer that `places` does not name
        // At most so many of whichever peer whose time to live is over, to be ended: also where
        // nothing may go.
        std::size_t expired = 0;
        std::set<std::string> in_flight = {
        }; // ids the owner still works on: their lapsed leases are renewed, not handed out
        // Nothing waits longer than this: what is due later was put there by a clock that has been
        // set back since, and is due now. Nothing = no such bound.
        std::optional<base::Duration> max_delay = {};
        std::optional<base::Time> at = {}; // for the record; nothing: now
    };
    void claim(Claim claim, Completion<std::vector<Job>> done);
    // The heartbeat of these messages, in one transaction. Gives those that are no longer the
    // owner's.
    void renew(
        std::vector<std::string> ids, std::string owner, base::Time lease_until,
        Completion<std::vector<std::string>> done
    );
    // The message goes out in this form from now on, and the form before is kept for receipts that
    // refer to it. To be committed before the first octet of the new form leaves.
    // errc::wrong_state: it is no longer ours to send.
    void add_form(std::string owner, NewForm form, Completion<void> done);
    // The state of the message is the settlement's, or what a signal made of it while the
    // attempt ran, which stays. errc::wrong_state: no longer ours. An attempt without `started` was
    // none: it is not counted (the peer is known to be down).
    void settle(std::string owner, Settlement settlement, Completion<Settled> done);
    // [AS4 5.1.8] A proof makes the message delivered, whatever it was, but for one that ended
    // otherwise: there the receipt is kept as evidence. An error ends only what has not ended.
    // Again is fine: nothing changes. errc::not_found.
    void signal(Signal signal, Completion<Signalled> done);
    void accept(Inbound message, Completion<Accepted> done);
    // What the operator decided about a peer; "" = all. Again is fine.
    void set_admin_state(DestinationAdminState admin_state, Completion<void> done);
    // Brings deferred messages of a peer ("" = of all) forward to `now`, at most `most` of them,
    // oldest first; says how many. Repeat while it says `most`: one call never holds the writer for
    // long.
    void
    make_due_now(std::string peer, base::Time now, std::size_t max, Completion<std::size_t> done);
    // A log row for what we refused after it was proven (not served, conflicting). No payload.
    void record_refusal(Header header, std::string reason, base::Time at, Completion<void> done);

    struct Lease {
        std::vector<std::string> participants; // whose inbox; never empty
        std::string client;
        base::Time now;
        base::Time until;
        std::size_t limit = 10;
        std::optional<base::Time> at = {}; // for the record; nothing: now
    };
    // Oldest first; includes items whose lease lapsed (delivery_count one higher).
    void lease(Lease lease, Completion<std::vector<InboxItem>> done);
    // Acknowledged again is fine. errc::not_found for strangers' items; errc::wrong_state if never
    // leased or leased to another client by now.
    void acknowledge(
        std::string id, std::string lease, Visibility visibility, base::Time now,
        Completion<void> done
    );

    // --- Housekeeping. It blocks, for long: call it on a thread of its own, one call at a time.

    // One bounded step of removing what the rules say has been kept long enough; goes on at
    // `place`, which it moves. Files go after the commit that no longer names them. Call again
    // while it says `more`.
    base::Result<Retained>
    retain(const RetentionRules& rules, base::Time now, RetentionCursor& cursor);
    // A consistent copy of the store at `folder`, which must not exist, while work goes on: what
    // was committed when it began. It has that name only when it is whole and synced.
    // base::errc::already_exists, not_found (the folder above), disk_full; errc::stopped.
    base::Result<BackedUp>
    back_up(const base::Path& folder, base::Time now, BackupProgress& progress);

    // --- Reads. They block; call them off the I/O thread.

    base::Result<Message>
    find(const std::string& id, const Visibility& visibility) const;   // errc::not_found
    base::Result<Sent> find_sent(const std::string& message_id) const; // errc::not_found
    // The signed forms of a message we send before its present one, oldest first; see NewForm.
    base::Result<std::vector<base::Bytes>> forms(const std::string& id) const;
    // Whether a receipt is stored for this signed form of a message we received.
    base::Result<bool> has_receipt(
        const std::string& from_party, const std::string& message_id,
        const base::Bytes& signed_info_digest
    ) const;
    base::Result<std::vector<Summary>> list(const Filter& filter) const;
    base::Result<Counts> counts() const;
    // The octets of part n (from 0) as they travel. A file's content is borrowed: keep the Content
    // while reading. errc::gone: retention removed them, the evidence is there.
    base::Result<base::Content>
    payload(const std::string& id, std::size_t n, const Visibility& visibility) const;
    // When the next message falls due (overdue: now) to a peer that has places; nothing if none
    // waits.
    base::Result<std::optional<base::Time>> next_due(
        base::Time now, const std::map<std::string, std::size_t, std::less<>>& slots = {},
        std::size_t default_slots = 16
    ) const;
    base::Result<std::vector<DestinationAdminState>>
    admin_states() const; // those that are not open
    // What waits for somebody, longest first. Bounded: costs the same in a store of a million.
    base::Result<std::vector<Stuck>> stuck(const StuckLimits& limits) const;
    // What the writer did since it started.
    struct Statistics {
        std::uint64_t commits = 0;
        std::uint64_t items = 0;          // written by them
        std::size_t waiting = 0;          // items that wait for the writer now
        std::uint64_t waiting_octets = 0; // that those hold in memory, about
        base::Duration longest_commit{};
        bool swept = false; // no payload file of an earlier run is left that no message has
        std::uint64_t log_octets = 0; // of the write-ahead log, until it starts over
        // What another process does that keeps the writer from its work: a lock on the store, and a
        // reader that keeps a long log from being emptied.
        std::optional<Obstacle> lock = {};
        std::optional<Obstacle> log = {};
    };
    Statistics statistics() const;

private:
    struct Store; // connections, writer thread
    explicit Queue(std::unique_ptr<Store> store);
    std::unique_ptr<Store> store_;
};

} // namespace queue
