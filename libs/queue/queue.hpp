// SPDX-License-Identifier: Apache-2.0
// The durable record of every message, in SQLite (WAL, synchronous=FULL). One writer thread gathers
// the waiting items and commits them together, each in its own savepoint. A completion runs on the
// writer thread, after the commit. So its receiver may answer a peer or a client: the result
// survives kill -9 and power loss. After a failed sync the work of the process ends: on_lost is
// called once, and all later calls fail with errc::failed. The same holds for any error of the
// storage other than a full disk, a lock, or a file that cannot be opened.
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
    std::uint64_t row_payload_limit = base::spool_memory_limit; // octets; larger payloads are files
    std::size_t group_limit = 256;                              // items of one commit
    // Items that wait for the writer. New work above this gets errc::stopped, so memory is bounded.
    std::size_t waiting_limit = 4096;
    std::uint64_t waiting_octets_limit = 64u << 20; // of content that these items hold in memory
    // Pages of the log, 4 KB each. From here on the log is copied into the database.
    int checkpoint_pages = 4000;
    // Octets of the log. From here on the process that holds the log is reported.
    std::uint64_t log_warning = 256u << 20;
    // Longest wait of a start for another process that holds a lock on the store.
    base::Duration start_wait = std::chrono::seconds(30);
};

class Queue {
public:
    // Takes the folder's lock; opens, creates or migrates the store; removes spool files; starts to
    // sweep payload files. Messages in state `sending` or `leased` stay so until their lease
    // expires. on_lost runs on the thread that met the error, and must not close the queue itself.
    // Errors: errc::newer_schema, damaged, failed, locked (another process still had a lock on the
    // store after Settings::start_wait); base::errc::locked (another process has the folder's
    // lock).
    static base::Result<Queue>
    open(const Settings& settings, std::function<void(const base::Error&)> on_lost);
    Queue(Queue&&) noexcept;
    Queue& operator=(Queue&&) noexcept;
    ~Queue(); // calls close()
    // Finishes the waiting items, then joins the writer. While another process holds the store's
    // lock, waits for `patience` at most. Completions of the remaining items get errc::locked.
    // These results, acknowledgements and renewals are not written. Their number is logged and
    // returned.
    std::size_t close(base::Duration patience = std::chrono::seconds(5));
    // From `end` on, no item waits for another process's lock: its completion gets errc::locked. To
    // be called when a stop begins. Any thread.
    void limit_waiting(std::chrono::steady_clock::time_point end);

    base::Path spool_folder() const;

    // --- Writes. A write may first block the caller on payload files (adopt, sync, folder sync):
    // call it off the I/O thread.

    // A repeat of (client, idempotency_key) with the same content gives the first submission's
    // Enqueued. errc::conflict: the content differs, or another of our messages has the MessageId.
    void enqueue(Outbound message, Completion<Enqueued> done);
    // Compare-and-set: due messages become `sending` under `owner` until lease_until. Due are
    // queued and deferred messages whose time has come, and sending ones whose lease has expired.
    // Peers take turns, beginning with the peer that follows `after`. Each peer's earliest due
    // message comes first. Messages whose time to live has expired come before all others.
    struct Claim {
        base::Time now; // due times and leases are compared with it
        base::Time lease_until;
        std::string owner;
        std::size_t limit = 16; // does not count the expired messages
        std::string after;      // peer of the last turn; "" = begin with the first peer
        std::map<std::string, std::size_t, std::less<>> slots = {}; // per peer; 0 = skip the peer
        std::size_t default_slots = 16; // of a peer that `slots` does not name
        // Upper bound of messages, of any peer, that are claimed to be ended because their time to
        // live has expired. Their peers need no slots.
        std::size_t expired = 0;
        // Ids that the owner still works on. Their expired leases are renewed, not handed out.
        std::set<std::string> in_flight = {};
        // No message waits longer than this. A later due time comes from a clock that has been set
        // back since, so the message is due now. Nothing = no such bound.
        std::optional<base::Duration> max_delay = {};
        std::optional<base::Time> at = {}; // time of the record; nothing: `now`
    };
    void claim(Claim claim, Completion<std::vector<Job>> done);
    // Renews the leases of these messages, in one transaction. Gives the ids that the owner no
    // longer holds.
    void renew(
        std::vector<std::string> ids, std::string owner, base::Time lease_until,
        Completion<std::vector<std::string>> done
    );
    // Makes this form the one that is sent from now on, and keeps the form before for receipts that
    // refer to it. Send no octet of the new form before the commit. errc::wrong_state: the owner
    // may no longer send the message.
    void add_form(std::string owner, NewForm form, Completion<void> done);
    // Records the attempt and gives the message the settlement's state. If a signal ended the
    // message during the attempt, the signal's state stays, unless a proof changes it
    // (proof_changes). An attempt without `started` is not counted, because nothing was sent (the
    // peer is known to be down). errc::wrong_state: the owner no longer holds the message.
    void settle(std::string owner, Settlement settlement, Completion<Settled> done);
    // [AS4 5.1.8] A proof makes the message delivered, even if it was given up before. A bounced
    // message stays so, and its receipt is kept as evidence. An error ends only a message that has
    // not ended. A repeat is allowed and changes no state. errc::not_found.
    void signal(Signal signal, Completion<Signalled> done);
    void accept(Inbound message, Completion<Accepted> done);
    // Sets the operator's decision about a peer; "" = all peers. A repeat is allowed.
    void set_admin_state(DestinationAdminState admin_state, Completion<void> done);
    // Makes deferred messages of a peer ("" = of all peers) due at `now`, at most `max` of them,
    // the next due first. Gives their number. Call again while it gives `max`: the bound keeps one
    // call from holding the writer for long.
    void
    make_due_now(std::string peer, base::Time now, std::size_t max, Completion<std::size_t> done);
    // Adds a log row, without payload, for a message that was proven and then refused (not served).
    void record_refusal(Header header, std::string reason, base::Time at, Completion<void> done);

    struct Lease {
        std::vector<std::string> participants; // owners of the inboxes; never empty
        std::string client;
        base::Time now;
        base::Time until;
        std::size_t limit = 10;
        std::optional<base::Time> at = {}; // time of the record; nothing: `now`
    };
    // Leases items, the oldest first, including items whose lease has expired (delivery_count one
    // higher).
    void lease(Lease lease, Completion<std::vector<InboxItem>> done);
    // A repeated acknowledgement is allowed. errc::not_found: not an item of these participants.
    // errc::wrong_state: the item was never leased, or has been leased again since.
    void acknowledge(
        std::string id, std::string lease, Visibility visibility, base::Time now,
        Completion<void> done
    );

    // --- Housekeeping. These calls block for long: make them on a thread of their own, one at a
    // time.

    // Removes, in one bounded step, what has been kept as long as the rules demand. Continues at
    // `cursor` and moves it. Files are removed after the commit that no longer names them. Call
    // again while the result says `more`.
    base::Result<Retained>
    retain(const RetentionRules& rules, base::Time now, RetentionCursor& cursor);
    // Makes a consistent copy of the store at `folder`, which must not exist, while work goes on.
    // The copy has what was committed when it began. The folder gets its name only when it is
    // complete and synced. Errors: base::errc::already_exists, not_found (the parent folder),
    // disk_full; errc::damaged (a payload file is missing or changed), stopped.
    base::Result<BackedUp>
    back_up(const base::Path& folder, base::Time now, BackupProgress& progress);

    // --- Reads. They block: call them off the I/O thread.

    base::Result<Message>
    find(const std::string& id, const Visibility& visibility) const;   // errc::not_found
    base::Result<Sent> find_sent(const std::string& message_id) const; // errc::not_found
    // Returns the signed forms of an outbound message before its present one, oldest first; see
    // NewForm.
    base::Result<std::vector<base::Bytes>> forms(const std::string& id) const;
    // True: a receipt is stored for this signed form of an inbound message.
    base::Result<bool> has_receipt(
        const std::string& from_party, const std::string& message_id,
        const base::Bytes& signed_info_digest
    ) const;
    base::Result<std::vector<Summary>> list(const Filter& filter) const;
    base::Result<Counts> counts() const;
    // Returns the octets of part n (from 0) as transferred. A file's content is borrowed: keep the
    // Content while reading. errc::gone: retention removed the octets and kept the evidence.
    base::Result<base::Content>
    payload(const std::string& id, std::size_t n, const Visibility& visibility) const;
    // Returns the due time of the next message to a peer with slots, or `now` if it is overdue.
    // Nothing: no message waits.
    base::Result<std::optional<base::Time>> next_due(
        base::Time now, const std::map<std::string, std::size_t, std::less<>>& slots = {},
        std::size_t default_slots = 16
    ) const;
    // Returns the admin states that are not `open`.
    base::Result<std::vector<DestinationAdminState>> admin_states() const;
    // Returns messages that need attention, the longest wait first. Bounded: costs the same in a
    // store of a million messages.
    base::Result<std::vector<Stuck>> stuck(const StuckLimits& limits) const;
    // The writer's work since it started, and its present state.
    struct Statistics {
        std::uint64_t commits = 0;
        std::uint64_t items = 0;          // written by these commits
        std::size_t waiting = 0;          // items that wait for the writer now
        std::uint64_t waiting_octets = 0; // of content they hold in memory, approximately
        base::Duration longest_commit{};
        // True: no payload file of an earlier run is left without a message.
        bool swept = false;
        std::uint64_t log_octets = 0; // of the write-ahead log, until the log starts over
        // Obstacles that keep the writer from its work: another process's lock on the store, and a
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
