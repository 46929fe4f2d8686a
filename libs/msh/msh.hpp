// SPDX-License-Identifier: Apache-2.0
// The message service handler: Submit, Send, Receive, Deliver (ebMS 3.0 Core 2.1.4) over queue, as4
// and http. All public functions run on the I/O thread and never block it: RSA, XML, gzip, files
// and SQL run on the workers and on the queue's writer.
#pragma once

#include "as4/signals.hpp"
#include "crypto/trust.hpp"
#include "http/client.hpp"
#include "msh/caller.hpp"
#include "msh/clock.hpp"
#include "msh/clock_evidence.hpp"
#include "msh/counters.hpp"
#include "msh/description.hpp"
#include "msh/destination.hpp"
#include "msh/errc.hpp"
#include "msh/housekeeping.hpp"
#include "msh/pressure.hpp"
#include "msh/scheduler.hpp"
#include "pmode/pmode.hpp"
#include "queue/queue.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace msh {

namespace asio = boost::asio;

struct Settings {
    std::vector<std::string> participants; // served by this access point: "0203:kommun.example"
    std::size_t workers = 2;               // threads for blocking work
    SchedulerSettings scheduling;          // concurrency, in total and for each destination
    std::size_t receiving = 64;            // concurrent incoming messages; above: 503
    std::size_t submitting = 64;           // concurrent submissions; above: 503
    // Lease of a claimed outbound message. It is renewed while the exchange runs.
    base::Duration lease = std::chrono::seconds(30);
    // Time limit of one attempt. Each `min_rate` octets sent extend it by one second.
    base::Duration exchange = std::chrono::minutes(30);
    std::uint64_t min_rate = 256 * 1024; // octets per second
    // Default lease of an inbox item. A message service may ask for another duration.
    base::Duration inbox_lease = std::chrono::minutes(5);
    // While another process holds the store's lock, an acknowledgement is answered with
    // queue::errc::locked after this time. The acknowledgement stays queued.
    base::Duration acknowledge_wait = std::chrono::seconds(5);
    std::uint64_t submission_bytes = 2ull << 30; // maximum size of a submission, plain octets
    // While a message is being received, a repeat of it waits this long for the outcome.
    base::Duration duplicate_wait = std::chrono::seconds(20);
    // How long the MessageId of a received message is remembered. At least the age plus the future
    // offset that are accepted for its timestamp (UnpackLimits).
    base::Duration duplicate_window = std::chrono::hours(24 * 400);
    // An outbound message counts as stuck this long after its due time.
    base::Duration stuck_overdue = std::chrono::minutes(5);
    // An inbound message counts as stuck if it is not fetched this long after its receipt.
    base::Duration stuck_unfetched = std::chrono::hours(24);
    Watermarks watermarks;
    queue::RetentionRules retention;
    base::Duration retention_every = std::chrono::minutes(10); // from the end of the previous run
    as4::UnpackLimits unpack;
    std::function<Reading()> clocks = read_clocks; // the machine's clocks
};

struct Submitted {
    std::string id;
    std::string message_id;
    bool existed = false; // the same submission was accepted before
};

// The result of a ping. The attempt is reported like an attempt to send a message.
struct Pinged {
    std::string message_id;
    bool receipted = false; // its receipt was proven; otherwise attempt.error has the cause
    queue::Attempt attempt;
    std::string act; // without a receipt: who must act, and how
    std::string receipt_id;
    base::Bytes receipt_signer; // DER
    std::string remark;         // for people: what the peer said beside the receipt; may be empty
    // Why messages to this peer are held although a ping can be sent (Destination::held). Empty if
    // they are not held.
    std::string held;
};

// The stored record, and its header parsed: properties, types, agreement. A log row has no header.
struct Message : queue::Message {
    std::optional<ebms::UserMessage> user_message;
};
struct InboxItem : queue::InboxItem {
    std::optional<ebms::UserMessage> user_message;
};

// A payload for a message service. It is inflated while it is sent.
struct Payload {
    std::string mime_type;
    std::uint64_t size = 0; // plain octets
    std::unique_ptr<http::BodySource> source;
};

// The objects that all operations share. Built once in main; they outlive Msh.
struct Parts {
    const pmode::PModes& pmodes;
    const crypto::Signer& signer;
    const crypto::TrustStore& trust;
    queue::Queue& queue;
    http::Client& client;
    http::Destinations destinations; // by peer name; a peer without an entry: the client's own
    // Certificates that can show that the date of this machine is wrong.
    std::vector<ClockWitness> witnesses;
};

struct State; // state.hpp

class Msh {
public:
    Msh(asio::any_io_executor executor, Settings settings, Parts parts);
    ~Msh();
    Msh(const Msh&) = delete;

    // Restores the operators' decisions, then starts the loops for sending, lease renewal, pressure
    // and retention.
    void start();
    // Refuses new work, then waits at most `limit` for the work in progress. The destructor joins
    // the workers.
    asio::awaitable<void> stop(base::Duration limit);

    // Submit: an XHE document, streamed. Answers after the commit. `time_to_live` may only shorten
    // the P-Mode's. Errors of xml, envelope, pmode, queue (conflict), msh, base, http.
    asio::awaitable<base::Result<Submitted>> submit(
        const Caller& caller, http::Request& request,
        std::optional<base::Duration> time_to_live = {}
    );
    // Submit: a form with a description and payloads (form_intake.hpp), streamed. Answers after the
    // commit. Errors of submit(), of FormIntake and of `read`.
    asio::awaitable<base::Result<Submitted>>
    submit_form(const Caller& caller, http::Request& request, const ReadDescription& read);

    // Sends one test message to the [[peer]] of this name at once, and answers within `limit`.
    // Nothing is stored. errc::no_such_peer, busy, stopping.
    asio::awaitable<base::Result<Pinged>> ping(std::string name, base::Duration limit);

    // Receive: one AS4 request, one answer (a receipt or an error signal).
    asio::awaitable<http::Response> receive(http::Request& request);

    // The inbox (Deliver by pull) and the stored record.
    asio::awaitable<base::Result<std::vector<InboxItem>>>
    lease(const Caller& caller, std::size_t max, base::Duration time);
    asio::awaitable<base::Result<>>
    acknowledge(const Caller& caller, std::string id, std::string lease);
    asio::awaitable<base::Result<Payload>>
    payload(const Caller& caller, std::string id, std::size_t part);
    asio::awaitable<base::Result<Message>> find(const Caller& caller, std::string id);
    asio::awaitable<base::Result<std::vector<queue::Summary>>> list(queue::Filter filter);
    asio::awaitable<base::Result<queue::Counts>> counts();

    // --- Decisions of operators. A peer of "" means all peers. errc::no_such_peer: no [[peer]] has
    // this name. A decision about a peer that was removed later can still be ended (open).
    asio::awaitable<base::Result<>>
    set_admin_state(std::string peer, queue::AdminState admin_state, std::string reason);
    // Makes deferred messages due now and lets open breakers probe at once. Returns the number of
    // messages.
    asio::awaitable<base::Result<std::size_t>> flush(std::string peer);
    asio::awaitable<base::Result<std::vector<queue::DestinationAdminState>>> admin_states();
    // Uses Settings::stuck_overdue and stuck_unfetched. Longest stuck first, at most 500.
    asio::awaitable<base::Result<std::vector<queue::Stuck>>> stuck();

    // Starts a backup of the store to a folder that must not exist yet. backup() reports progress.
    // errc::busy: a backup is running. errc::stopping.
    base::Result<> begin_backup(base::Path folder);

    // --- Current state. Runs on the I/O thread and returns at once.
    std::vector<Destination> destinations() const; // one for each [[peer]]
    const Pressure& pressure() const;
    // Whether more messages than Watermarks::backlog_limit wait for their first attempt.
    bool has_backlog() const;
    // How long a refused client should wait before it retries. Jitter gives each client another
    // duration.
    std::chrono::seconds retry_after(const base::Error& refusal);
    Backup backup() const;                   // the running backup, or the last one
    const queue::Retained& retained() const; // removed since the start
    const Settings& settings() const;
    const pmode::PModes& pmodes() const;
    std::size_t sending_now() const;
    bool is_stopping() const;
    std::size_t leases_held() const; // outbound messages claimed by this process
    const Counters& counters() const;
    queue::Queue::Statistics statistics() const;    // of the store's writer
    const crypto::Certificate& certificate() const; // signs our messages
    // By how much the wall clock jumped, until the jump is undone or believed. Nothing if no jump
    // is open.
    std::optional<base::Duration> clock_jumped() const;
    // Why certificates make the clock suspect (clock_evidence.hpp); empty without suspicion.
    std::string clock_suspicion() const;
    bool takes_more() const; // false: the operator drained all peers, so all new work is refused

private:
    // Shared with the coroutines, which may outlive this object in the io_context.
    std::shared_ptr<State> state_;
};

} // namespace msh
