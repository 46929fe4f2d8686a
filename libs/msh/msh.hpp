// SPDX-License-Identifier: Apache-2.0
// The message service handler: Submit, Send, Receive, Deliver (ebMS 3.0 Core 2.1.4) over queue, as4
// and http. Everything public runs on the I/O thread and blocks nothing there: RSA, XML, gzip,
// files and SQL run on the workers and on the queue's writer.
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
    std::vector<std::string> participants; // whom we serve: "0203:kommun.example"
    std::size_t workers = 2;               // threads for blocking work
    SchedulerSettings scheduling;          // exchanges at once, of each destination
    std::size_t receiving = 64;            // messages taken in at once; above: 503
    std::size_t submitting = 64;           // submissions at once; above: 503
    base::Duration lease =
        std::chrono::seconds(30); // of a claimed message; renewed while its exchange runs
    base::Duration exchange = std::chrono::minutes(30); // one attempt, all in all
    std::uint64_t min_rate = 256 * 1024; // and a second more for each so many octets that went
    base::Duration inbox_lease =
        std::chrono::minutes(5); // of a message service, unless it asks for another
    // While another process holds the store's lock, an acknowledgement is answered with
    // queue::errc::locked after so long. It stays queued.
    base::Duration acknowledge_wait = std::chrono::seconds(5);
    std::uint64_t submission_bytes = 2ull << 30; // of a submitted document
    // A repeat waits so long for the outcome of the first, which is still being taken in.
    base::Duration duplicate_wait = std::chrono::seconds(20);
    // How long a received message is known by its MessageId; at least as long as its timestamp is
    // accepted, before and ahead of the clock.
    base::Duration duplicate_window = std::chrono::hours(24 * 400);
    base::Duration stuck_overdue = std::chrono::minutes(5); // past its due time, a message is stuck
    base::Duration stuck_unfetched = std::chrono::hours(24); // or so long after it was received
    Watermarks watermarks;
    queue::RetentionRules retention;
    base::Duration retention_every = std::chrono::minutes(10); // from the end of a run on
    as4::UnpackLimits unpack;
    std::function<Reading()> clocks = read_clocks; // of the machine
};

struct Submitted {
    std::string id;
    std::string message_id;
    bool existed = false; // the same submission came before
};

// What became of a ping: the attempt in the words of every attempt.
struct Pinged {
    std::string message_id;
    bool receipted = false; // a receipt for it was proven; else attempt.error says why not
    queue::Attempt attempt;
    std::string act; // who must act without a receipt, and how
    std::string receipt_id;
    base::Bytes receipt_signer; // DER
    std::string remark;         // what the peer said beside the receipt, for people; empty: nothing
    // Why messages to this peer are held although a ping goes out (Destination::held); empty: they
    // are not.
    std::string held;
};

// What the record has, and the header it kept: properties, types, agreement. No header in a log
// row.
struct Message : queue::Message {
    std::optional<ebms::UserMessage> user_message;
};
struct InboxItem : queue::InboxItem {
    std::optional<ebms::UserMessage> user_message;
};

// A payload on its way to a message service: inflated while it is sent.
struct Payload {
    std::string mime_type;
    std::uint64_t size = 0; // plain octets
    std::unique_ptr<http::BodySource> source;
};

// What is shared by the verbs; built once in main, outlives everything.
struct Parts {
    const pmode::PModes& pmodes;
    const crypto::Signer& signer;
    const crypto::TrustStore& trust;
    queue::Queue& queue;
    http::Client& client;
    http::Destinations destinations;     // by peer's name; a peer without one: the client's own
    std::vector<ClockWitness> witnesses; // against the date of this machine
};

struct State; // state.hpp

class Msh {
public:
    Msh(asio::any_io_executor executor, Settings settings, Parts parts);
    ~Msh();
    Msh(const Msh&) = delete;

    // Starts the send loop.
    void start();
    // Takes no more, lets exchanges finish up to `limit`, joins the workers.
    asio::awaitable<void> stop(base::Duration limit);

    // Submit: an XHE document, streamed. Answers after the commit. Errors of xml, envelope, pmode,
    // queue (conflict), msh, base, http.
    // `time_to_live`: shorter than the P-Mode's.
    asio::awaitable<base::Result<Submitted>> submit(
        const Caller& caller, http::Request& request,
        std::optional<base::Duration> time_to_live = {}
    );
    // Submit: a form with a description and payloads (form_intake.hpp), streamed. The same.
    asio::awaitable<base::Result<Submitted>>
    submit_form(const Caller& caller, http::Request& request, const ReadDescription& read);

    // One test message to the [[peer]] of this name, now, answered within `limit`. Nothing is kept.
    // errc::no_such_peer, busy, stopping.
    asio::awaitable<base::Result<Pinged>> ping(std::string name, base::Duration limit);

    // Receive: one AS4 request, one answer (receipt or error signal).
    asio::awaitable<http::Response> receive(http::Request& request);

    // The inbox (Deliver by pull) and the record.
    asio::awaitable<base::Result<std::vector<InboxItem>>>
    lease(const Caller& caller, std::size_t max, base::Duration time);
    asio::awaitable<base::Result<>>
    acknowledge(const Caller& caller, std::string id, std::string lease);
    asio::awaitable<base::Result<Payload>>
    payload(const Caller& caller, std::string id, std::size_t part);
    asio::awaitable<base::Result<Message>> find(const Caller& caller, std::string id);
    asio::awaitable<base::Result<std::vector<queue::Summary>>> list(queue::Filter filter);
    asio::awaitable<base::Result<queue::Counts>> counts();

    // --- What operators decide. errc::no_such_peer unless `peer` is a [[peer]] or "" (all of
    // them); what is decided about one that was removed since can still be ended (open).
    asio::awaitable<base::Result<>>
    set_admin_state(std::string peer, queue::AdminState admin_state, std::string reason);
    // Brings what is deferred forward to now and lets open breakers probe at once; how many.
    asio::awaitable<base::Result<std::size_t>> flush(std::string peer);
    asio::awaitable<base::Result<std::vector<queue::DestinationAdminState>>> admin_states();
    // By Settings::stuck_overdue and stuck_unfetched, longest first, at most 500.
    asio::awaitable<base::Result<std::vector<queue::Stuck>>> stuck();

    // Begins a backup of the store to a folder that must not exist; backup() says how it goes on.
    // errc::busy: one runs. errc::stopping.
    base::Result<> begin_backup(base::Path folder);

    // --- What is seen while it happens. On the I/O thread, at once.
    std::vector<Destination> destinations() const; // one for each [[peer]]
    const Pressure& pressure() const;
    bool has_backlog() const; // more waits for its first attempt than Watermarks::behind
    // What a client is told to wait that was refused for now; another time for each.
    std::chrono::seconds retry_after(const base::Error& refusal);
    Backup backup() const;                   // the one that runs, or the last
    const queue::Retained& retained() const; // since the start
    const Settings& settings() const;
    const pmode::PModes& pmodes() const;
    std::size_t sending_now() const;
    bool is_stopping() const;
    std::size_t leases_held() const; // outbound messages claimed by us
    const Counters& counters() const;
    queue::Queue::Statistics statistics() const;    // of the store's writer
    const crypto::Certificate& certificate() const; // we sign with
    // By how much the wall clock jumped that is not believed now; nothing: it is right.
    std::optional<base::Duration> clock_jumped() const;
    // Why the clock is suspected by the certificates (clock_evidence.hpp); empty if it is not.
    std::string clock_suspicion() const;
    bool takes_more() const; // false: drained, so that nothing at all is taken in

private:
    std::shared_ptr<State>
        state_; // shared with the coroutines, which may outlive this object in the io_context
};

} // namespace msh
