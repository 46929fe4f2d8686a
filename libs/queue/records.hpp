// SPDX-License-Identifier: Apache-2.0
// The values that the store keeps. `queue` knows nothing of AS4: envelopes, receipts and sealed
// forms are octets.
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

// Design 5. Outbound: queued, sending, deferred; final: delivered, unproven, bounced, expired.
// Inbound: received, leased; final: acknowledged, refused, answered (a test message, which only
// needs a receipt).
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
// True: a proven receipt makes an outbound message in this state delivered. This includes a message
// that was given up for lack of a receipt, but not one that ended by an error.
bool proof_changes(State state);
// True: the message ended in this state, and a proof (by_proof), or else a failure, contradicts
// that.
bool is_contradicted(State state, bool by_proof);

// One payload part as transferred (gzip octets if compressed).
struct Part {
    std::string content_id;
    std::string mime_type;
    std::string character_set;
    bool compressed = false;
    std::uint64_t plain_size = 0;  // octets after inflating
    std::uint64_t stored_size = 0; // octets; set by the queue
    base::Bytes sha256;            // of the octets as transferred
};
struct NewPart {
    Part part;
    base::Content content; // taken over by the queue
};

// Header fields that lists, searches and logs need, in both directions.
struct Header {
    std::string message_id; // eb:MessageId
    std::string conversation_id;
    std::string from_party;
    std::string to_party;
    std::string sender;    // participant: originalSender
    std::string recipient; // participant: finalRecipient
    std::string service;
    std::string action;
    std::string peer; // name of the [[peer]] in kurir.toml
};

struct Outbound {
    std::string id; // our UUID
    Header header;
    std::string client;          // the submitting client
    std::string idempotency_key; // per client; the XHE id
    base::Bytes content_sha256;  // of the submitted octets
    base::Bytes sealed;          // as4::Sealed
    base::Time created;
    base::Time expires;            // created + time to live
    std::optional<base::Time> due; // earliest time to send; nothing: `created`
    std::vector<NewPart> parts;
};
struct Enqueued {
    std::string id;
    std::string message_id;
    bool existed = false; // true: the same submission came before; nothing was added
};

struct Inbound {
    std::string id;
    Header header;
    State state = State::received;  // or answered: nothing to deliver
    base::Bytes envelope;           // the SOAP part as received
    base::Bytes signed_info_digest; // identifies the signed form
    base::Bytes signer;             // DER of the signing certificate
    base::Bytes receipt;            // our signed receipt for this signed form
    std::string receipt_id;
    base::Time received;
    std::vector<NewPart> parts;
};
struct Accepted {
    enum class Kind {
        // Stored now. `receipt` is the one handed in.
        first,
        // The same signed form again. `receipt` is the stored one, byte for byte.
        repeat,
        // The same content signed again. `receipt` is the one handed in, kept beside the first.
        re_signed,
        // The same (sender party, MessageId) with other content: refused. Only an event is kept.
        conflicting
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
    std::string tls_peer;    // subject of the server's certificate, if known
    int http_status = 0;     // 0 = no answer
    std::string error;       // what failed; empty if delivered
    std::string ebms_error;  // "EBMS:0004", if the peer sent one
    std::uint64_t bytes = 0; // octets sent
};

// A claimed outbound message. It is the claimer's until lease_until of the claim.
struct Job {
    std::string id;
    Header header;
    base::Bytes sealed;
    std::vector<Part> parts;
    int attempts = 0; // made before this one
    // An earlier attempt may have arrived: the outcome of at least one is unknown.
    bool outcome_unknown = false;
    base::Time created;
    base::Time expires;
    std::string last_error; // of the previous attempt
};

// A new signed form of an outbound message that is signed again before an attempt.
struct NewForm {
    std::string id;
    base::Bytes sealed;  // as4::Sealed of the new form, sent from now on
    base::Bytes earlier; // as4::SignedForm of the replaced form; empty = do not keep it
    base::Time at;
};

// An event to record in addition to that of the new state. A message keeps 20 of one name.
struct Remark {
    std::string name;
    std::string detail;
};

// The result of an attempt and its consequence (decided by msh/judge.cpp alone).
struct Settlement {
    std::string id;
    State state = State::deferred; // delivered, unproven, deferred, bounced, expired
    base::Time at;
    std::optional<base::Time> next_try; // set for deferred
    bool outcome_unknown = false;       // this attempt may have arrived
    Attempt attempt;
    base::Bytes receipt; // the peer's receipt, if delivered
    std::string receipt_id;
    base::Bytes receipt_signer; // DER
    // For people: the signed form that the receipt is for. Empty: there is only one.
    std::string proven_form;
    std::vector<Remark> remarks{};
    // Recorded only if a signal ended the message otherwise during the attempt: as delivered
    // although the attempt failed, or as bounced although the attempt gave a proof.
    std::optional<Remark> contradiction{};
};

struct Settled {
    State state = State::deferred; // present state of the message
    std::vector<Remark> remarks{}; // remarks that the record did not have yet
};

// A message we sent, with what is needed to handle a signal about it.
struct Sent {
    std::string id;
    Header header;
    State state = State::queued;
    base::Bytes sealed;
    std::vector<base::Bytes> earlier_forms; // as forms() returns them
    // An attempt before the running one may have arrived.
    bool outcome_unknown = false;
};

// A signal that came as a request of its own, not as the answer to an attempt. Its consequence is
// decided by msh/judge.cpp alone.
struct Signal {
    std::string id;
    base::Time at;
    // delivered: a proof. bounced, unproven: an error that ends the message. Nothing: the signal is
    // only noted.
    std::optional<State> state;
    std::string error;   // for people; empty with a proof
    base::Bytes receipt; // set with a proof
    std::string receipt_id;
    base::Bytes receipt_signer; // DER
    std::string proven_form;    // as in Settlement
    std::vector<Remark> remarks{};
    // As in Settlement, if the message has ended in the contradicted state before.
    std::optional<Remark> contradiction{};
};
struct Signalled {
    State state = State::queued;   // present state of the message
    bool changed = false;          // true: this signal changed it
    std::vector<Remark> remarks{}; // remarks that the record did not have yet
};

struct InboxItem {
    std::string id;
    Header header;
    base::Bytes envelope; // the SOAP part as received
    std::vector<Part> parts;
    base::Time received;
    base::Time lease_until;
    std::string lease;      // token for the acknowledgement
    int delivery_count = 1; // 2 or more: an earlier lease expired
};

// One row of a list.
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
    // submitted, sending, deferred, delivered, … received, leased, acknowledged, repeat, refused;
    // or the name of a remark.
    std::string name;
    std::string detail;
};

struct Message {
    Summary summary;
    base::Bytes envelope; // outbound: as4::Sealed; inbound: the SOAP part; refused: empty
    std::vector<Part> parts;
    std::vector<Attempt> attempts;
    std::vector<Event> events;
    std::string receipt_id;
    base::Bytes receipt; // received (outbound) or given (inbound)
    // DER certificate: of the receipt's signer (outbound), or of the message's signer (inbound).
    base::Bytes receipt_signer;
    std::string lease;
    base::Time expires;
    bool payload_gone = false; // removed by retention; the parts' sizes and digests stay
};

struct Filter {
    Visibility visibility;
    std::optional<Direction> direction{};
    std::optional<State> state{};
    std::string message_id{}; // exact match, if not empty
    std::uint64_t before = 0; // sequence of the last row of the previous page; 0 = from the newest
    std::size_t limit = 50;   // at most 500
};

struct Counts {
    struct Of {
        State state = State::queued;
        std::string peer; // as configured when the message was stored
        std::uint64_t messages = 0;
    };
    std::vector<Of> of; // by state and peer, without zeros
    std::vector<std::pair<State, std::uint64_t>> by_state;
    // Creation time of the oldest message in each state that is not final.
    std::vector<std::pair<State, base::Time>> oldest;
    // Creation time of the oldest message that is queued or deferred.
    std::optional<base::Time> oldest_waiting;
};

// A message that is not final and needs attention: it has passed a deadline, or nothing can be
// sent to its peer.
struct Stuck {
    Summary summary;
    // The deadline that passed. For no_peer and certificate: when the message was stored.
    base::Time since;
    enum class Why {
        // Outbound: due, and no claim has taken it (paused, breaker open).
        overdue,
        // The lease expired, and the message has not been taken since.
        lapsed,
        // Inbound: no message service has asked for it.
        unfetched,
        // Outbound: its peer is no longer configured.
        no_peer,
        // Outbound: it cannot be sent because of a certificate.
        certificate
    } why = Why::overdue;
};
std::string_view to_text(Stuck::Why why);
struct StuckLimits {
    base::Time now;
    base::Duration overdue = std::chrono::minutes(5);  // past its due time
    base::Duration unfetched = std::chrono::hours(24); // since it was received
    // Configured peers. Nothing: no_peer is not checked.
    std::optional<std::set<std::string>> peers;
    // Peers that nothing can be sent to because of a certificate.
    std::set<std::string> held;
    std::size_t limit = 500;
};

// The operator's decision about a destination, kept over restarts. Peer "" = all destinations.
enum class AdminState {
    open,
    // Nothing is sent to the destination. Submissions for it are accepted.
    paused,
    // Queued messages are sent, and new submissions are refused. For all destinations: incoming
    // messages are refused too.
    drained
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
