// SPDX-License-Identifier: Apache-2.0
// What the store keeps, as plain values. `queue` knows nothing of AS4: envelopes, receipts and
// sealed forms are octets.
#pragma once

#include "base/spool.hpp"
#include "base/time.hpp"
#include "queue/errc.hpp"
#include "queue/visibility.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace queue {

enum class Direction { outbound, inbound };

// Design 5. Outbound: queued, sending, deferred, delivered, unproven, bounced, expired. Inbound:
// received, leased, acknowledged; refused; answered (a test message, of which a receipt was all).
enum class State {
    queued,
    sending,
    deferred,
    delivered,
    unproven,
    bounced,
    expired,
    received,
    leased,
    acknowledged,
    refused,
    answered
};
std::string_view to_text(State state);
std::optional<State> state_from_text(std::string_view text);
std::string_view to_text(Direction direction);
bool is_final(State state);
// Whether a proven receipt makes an outbound message delivered: also one given up for want of it,
// not one that ended by an error.
bool proof_changes(State state);
// Whether a proof for a message in this state, or else a failure, contradicts how it ended.
bool is_contradicted(State state, bool by_proof);

// One payload part as it travels (gzip octets if compressed).
struct Part {
    std::string content_id;
    std::string mime_type;
    std::string character_set;
    bool compressed = false;
    std::uint64_t plain_size = 0;  // after inflating
    std::uint64_t stored_size = 0; // filled by the queue
    base::Bytes sha256;            // of the octets as they travel
};
struct NewPart {
    Part part;
    base::Content content; // the queue takes it over
};

// The header fields that lists, searches and logs need. Both directions.
struct Header {
    std::string message_id; // eb:MessageId
    std::string conversation_id;
    std::string from_party;
    std::string to_party;
    std::string sender;    // participant: originalSender
    std::string recipient; // participant: finalRecipient
    std::string service;
    std::string action;
    std::string peer; // [[peer]] name
};

struct Outbound {
    std::string id; // ours, a UUID
    Header header;
    std::string client;          // who submitted
    std::string idempotency_key; // per client; the XHE id
    base::Bytes content_sha256;  // of the submitted octets
    base::Bytes sealed;          // as4::Sealed
    base::Time created;
    base::Time expires;            // created + time to live
    std::optional<base::Time> due; // may be sent from then on; nothing: from `created` on
    std::vector<NewPart> parts;
};
struct Enqueued {
    std::string id;
    std::string message_id;
    bool existed = false; // the same submission came before; nothing was added
};

struct Inbound {
    std::string id;
    Header header;
    State state = State::received;  // or answered: there is nothing to deliver
    base::Bytes envelope;           // the SOAP part as received
    base::Bytes signed_info_digest; // identity of the signed form
    base::Bytes signer;             // DER of the signing certificate
    base::Bytes receipt;            // our signed receipt for this signed form
    std::string receipt_id;
    base::Time received;
    std::vector<NewPart> parts;
};
struct Accepted {
    enum class Kind {
        first,      // kept now; receipt is the one handed in
        repeat,     // the same signed form again: receipt is the stored one, byte for byte
        re_signed,  // same content signed anew: the receipt handed in, kept beside the first
        conflicting // same (sender party, MessageId), other content: refused, nothing kept but an
                    // event
    };
    Kind kind = Kind::first;
    std::string id;      // of the inbox item
    base::Bytes receipt; // empty if conflicting
};

// One try to send. Every try is kept.
struct Attempt {
    base::Time started;
    base::Duration took{};
    std::string endpoint;    // URL
    std::string tls_peer;    // subject of its certificate, if known
    int http_status = 0;     // 0 = no answer
    std::string error;       // what went wrong, empty if delivered
    std::string ebms_error;  // "EBMS:0004", if the peer gave one
    std::uint64_t bytes = 0; // sent
};

// A claimed outbound message: the claimer's until lease_until.
struct Job {
    std::string id;
    Header header;
    base::Bytes sealed;
    std::vector<Part> parts;
    int attempts = 0;             // made before this one
    bool outcome_unknown = false; // an earlier attempt may have arrived: every earlier attempt
                                  // whose outcome we do not know
    base::Time created;
    base::Time expires;
    std::string last_error; // of the attempt before
};

// A message we send, signed again before an attempt.
struct NewForm {
    std::string id;
    base::Bytes sealed;  // as4::Sealed of the new form: what goes out from now on
    base::Bytes earlier; // as4::SignedForm of the form that it replaces; empty = not to keep
    base::Time at;
};

// An event to record beside the one of the new state. Of one name a message keeps 20.
struct Remark {
    std::string name;
    std::string detail;
};

// How an attempt ended, and what follows (decided by msh/judge.cpp alone).
struct Settlement {
    std::string id;
    State state = State::deferred; // delivered, unproven, deferred, bounced, expired
    base::Time at;
    std::optional<base::Time> next_try; // for deferred
    bool outcome_unknown = false;       // this attempt may have arrived
    Attempt attempt;
    base::Bytes receipt; // the peer's receipt, if delivered
    std::string receipt_id;
    base::Bytes receipt_signer; // DER
    std::string proven_form;    // for people: which signed form it is for; empty: there is only one
    std::vector<Remark> remarks{};
    // Recorded only if a signal ended the message otherwise while the attempt ran: delivered
    // against a failure, or bounced against a proof.
    std::optional<Remark> contradiction{};
};

struct Settled {
    State state = State::deferred; // the message is in this state now
    std::vector<Remark> remarks{}; // those of the settlement that the record did not have
};

// A message we sent, as a signal about it needs it.
struct Sent {
    std::string id;
    Header header;
    State state = State::queued;
    base::Bytes sealed;
    std::vector<base::Bytes> earlier_forms; // as forms() has them
    bool outcome_unknown = false;           // an attempt before the running one may have arrived
};

// What a signal says that came as a request of its own, not as the answer to an attempt (decided by
// msh/judge.cpp alone).
struct Signal {
    std::string id;
    base::Time at;
    // delivered: a proof. bounced, unproven: an error that ends the message. Nothing: it is only
    // noted.
    std::optional<State> state;
    std::string error;   // for people; empty with a proof
    base::Bytes receipt; // with a proof
    std::string receipt_id;
    base::Bytes receipt_signer; // DER
    std::string proven_form;    // as in Settlement
    std::vector<Remark> remarks{};
    std::optional<Remark> contradiction{}; // as in Settlement, if the message has ended so before
};
struct Signalled {
    State state = State::queued;   // the message is in this state now
    bool changed = false;          // by this signal
    std::vector<Remark> remarks{}; // those of the signal that the record did not have
};

struct InboxItem {
    std::string id;
    Header header;
    base::Bytes envelope; // the SOAP part as received
    std::vector<Part> parts;
    base::Time received;
    base::Time lease_until;
    std::string lease;      // token to acknowledge with
    int delivery_count = 1; // 2 and more: an earlier lease lapsed
};

// A row of a list.
struct Summary {
    std::string id;
    Direction direction = Direction::outbound;
    State state = State::queued;
    Header header;
    base::Time created;
    base::Time changed;
    std::optional<base::Time> next_try;
    int attempts = 0;
    std::string last_error;
    std::uint64_t sequence = 0; // for keyset paging
};

struct Event {
    std::uint64_t sequence = 0;
    base::Time at;
    std::string name; // submitted sent deferred delivered … received leased acknowledged repeat
                      // refused; or a remark's
    std::string detail;
};

struct Message {
    Summary summary;
    base::Bytes envelope; // outbound: as4::Sealed; inbound: the SOAP part; empty if refused
    std::vector<Part> parts;
    std::vector<Attempt> attempts;
    std::vector<Event> events;
    std::string receipt_id;
    base::Bytes receipt; // the receipt got (outbound) or given (inbound)
    base::Bytes
        receipt_signer; // DER of who signed it (outbound); of the message's signer (inbound)
    std::string lease;
    base::Time expires;
    bool payload_gone = false; // by retention; the parts' sizes and digests stay
};

struct Filter {
    Visibility visibility;
    std::optional<Direction> direction{};
    std::optional<State> state{};
    std::string message_id{}; // exact, if not empty
    std::uint64_t before = 0; // sequence of the last row of the page before; 0 = from the newest
    std::size_t limit = 50;   // at most 500
};

struct Counts {
    struct Of {
        State state = State::queued;
        std::string peer; // as configured when the message was kept
        std::uint64_t messages = 0;
    };
    std::vector<Of> of; // by state and peer, none of zero
    std::vector<std::pair<State, std::uint64_t>> by_state;
    std::vector<std::pair<State, base::Time>>
        oldest; // created of the oldest message of each state that is not final
    std::optional<base::Time>
        oldest_waiting; // created of the oldest message that is queued or deferred
};

// A message that is not final and has passed a deadline: somebody must look at it.
struct Stuck {
    Summary summary;
    base::Time since; // the deadline it passed
    enum class Why {
        overdue,    // outbound: due, and nobody has taken it up (paused, breaker open)
        lapsed,     // a lease ended and nobody has taken the message up since
        unfetched,  // inbound: no message service has asked for it
        no_peer,    // outbound: its peer is no longer configured; since = when it was kept
        certificate // outbound: a certificate keeps it from being sent; since = when it was kept
    } why = Why::overdue;
};
std::string_view to_text(Stuck::Why why);
struct StuckLimits {
    base::Time now;
    base::Duration overdue = std::chrono::minutes(5);  // past its due time
    base::Duration unfetched = std::chrono::hours(24); // since it was received
    std::optional<std::set<std::string>> peers; // that are configured; nothing: not looked at
    std::set<std::string> held; // peers that nothing can be sent to because of a certificate
    std::size_t limit = 500;
};

// What the operator decided about a destination; kept over restarts. Peer "" = all of them.
enum class AdminState {
    open,
    paused, // nothing is sent to it; submissions for it are taken
    drained // what is queued is sent; nothing more is taken. For all: at every door
};
std::string_view to_text(AdminState admin_state);
std::optional<AdminState> admin_state_from_text(std::string_view text);
struct DestinationAdminState {
    std::string peer;
    AdminState admin_state = AdminState::open;
    base::Time since;
    std::string reason; // in the operator's words
};

} // namespace queue
