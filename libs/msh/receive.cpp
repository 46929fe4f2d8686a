// SPDX-License-Identifier: Apache-2.0
// Receive: one HTTP request becomes one stored message and one receipt, or one error signal. A
// receipt leaves only after the commit. A repeat gets the first receipt's bytes (design 5.4). A
// receipt or error of a peer goes to signal.cpp.
#include "msh/msh.hpp"

#include "as4/signer.hpp"
#include "base/log_bounded.hpp"
#include "base/ordered_id.hpp"
#include "msh/admission.hpp"
#include "msh/offload.hpp"
#include "msh/state.hpp"
#include "msh/unread_body.hpp"

namespace msh {

namespace {

// Records a recipient that is served here in the configuration's spelling, by which its inbox is
// found.
queue::Header header_of(const State& state, const as4::Verified& verified)
{
    auto header = msh::header_of(verified.message(), verified.peer());
    const bool four_corner = verified.peer().pmode.four_corner;
    const auto* const own = four_corner ? state.served(header.recipient) : nullptr;
    if (own) header.recipient = *own;
    return header;
}

queue::Inbound inbound(
    const State& state, as4::Verified& verified, const as4::MadeReceipt& receipt, base::Time now
)
{
    queue::Inbound kept;
    kept.id = base::ordered_uuid(now);
    kept.header = header_of(state, verified);
    kept.envelope = verified.envelope();
    kept.signed_info_digest = verified.signed_info_digest();
    kept.signer = verified.signer().der();
    kept.receipt = receipt.soap;
    kept.receipt_id = receipt.message_id;
    kept.received = now;
    // [ED115 1.4.4.3][TA17] A test message gets a receipt and is not delivered. Its payload is not
    // stored.
    if (pmode::is_test(verified.message())) {
        kept.state = queue::State::answered;
        return kept;
    }
    for (auto& part : verified.parts()) {
        queue::NewPart stored;
        stored.part.content_id = part.content_id;
        stored.part.mime_type = part.mime_type;
        stored.part.character_set = part.character_set;
        stored.part.compressed = part.compressed;
        stored.part.plain_size = part.plain_size;
        stored.part.sha256 = part.sha256;
        stored.content = std::move(part.content);
        kept.parts.push_back(std::move(stored));
    }
    return kept;
}

bool is_staleness(const base::Error& error)
{
    return error.code == as4::errc::timestamp_expired || error.code == as4::errc::timestamp_ahead;
}

// Writes the one log line of a refusal: the message, its origin, and who must act. A refusal of a
// known peer is evidence and is always logged [DIGG TP-AS4 2.5]. Lines about strangers are limited,
// so that they cannot fill the disk.
void log_refusal(
    const base::Error& error, const as4::ErrorAnswer& answer, const std::string& message_id,
    const http::Request& request, bool known
)
{
    const bool own = answer.http_status == 503;
    const auto level = own ? base::Level::error : base::Level::warning;
    const auto act = is_connection(error) ? "peer: send it again" : answer.act;
    const auto write = known || own ? base::log : base::log_bounded;
    write(
        level, "refused",
        {{"message_id", message_id},
         {"remote", request.remote()},
         {"code", answer.code ? std::string(answer.code->code) : std::to_string(answer.http_status)
         },
         {"cause", error.text()},
         {"act", act}}
    );
}

// Whether the sender may get a signed statement: a peer whose signature was proven, or a client
// whose TLS certificate our CAs trust.
bool is_known(const as4::Unpacker* unpacker, const http::Request& request)
{
    return (unpacker && unpacker->peer()) || request.client_certificate();
}

// [ED115 1.4.2.4] The agreed way to refer to our certificate.
wss::TokenReference token_for(const as4::Unpacker* unpacker)
{
    const auto* const peer = unpacker ? unpacker->peer() : nullptr;
    const bool agreed = peer && !peer->pmode.algorithms.signature_token.empty();
    return agreed ? peer->pmode.algorithms.signature_token.front()
                  : wss::TokenReference::bst_x509v3;
}

base::Result<base::Bytes> error_signal(
    const State& state, const as4::ErrorAnswer& answer, const std::string& message_id, bool known,
    wss::TokenReference token
)
{
    const auto now = base::now();
    if (!known) return as4::make_unsigned_error_signal(answer, message_id, now);
    return as4::make_error_signal(answer, message_id, state.parts.signer, now, token);
}

// Answers an error of the message with an error signal, an incomplete body with 400 or 408, and an
// error of our own machinery (queue) with 503. Stored messages are not affected.
asio::awaitable<http::Response> refuse(
    std::shared_ptr<State> state, base::Error error, const as4::Unpacker* unpacker,
    http::Request& request
)
{
    auto answer = as4::error_answer(error);
    std::optional<http::Response> unread;
    if (is_connection(error)) unread = refuse_body(error);
    if (unread) answer.http_status = unread->status;
    const auto message_id = unpacker ? unpacker->message_id() : std::string();
    const auto known = is_known(unpacker, request);
    log_refusal(error, answer, message_id, request, known);
    if (unread) co_return std::move(*unread);
    if (!answer.code) co_return unavailable(*state);
    ++state->counters.refused[answer.code->code];
    const auto token = token_for(unpacker);
    const auto make = [&] { return error_signal(*state, answer, message_id, known, token); };
    auto signal = co_await offload(state->workers, make);
    if (!signal) co_return unavailable(*state);
    co_return http::plain(answer.http_status, soap_type, std::move(*signal));
}

// Whether the refusal depends on the time while the clock is in doubt. Such a message gets 503,
// because an error would end it at the peer. `jumped`: the clock had jumped when the message was
// checked.
bool is_in_doubt(
    State& state, bool jumped, const base::Error& error, const as4::Unpacker& unpacker,
    const http::Request& request
)
{
    const bool by_time =
        error.code == as4::errc::untimely || is_staleness(error) || as4::depends_on_time(error);
    // The P-Mode is found before anything that depends on the time is checked.
    const auto* const peer = unpacker.claimed_peer();
    if (!by_time || !peer) return false;
    auto doubt = state.clock_doubt(peer->name);
    if (doubt.empty() && jumped) doubt = "the clock had jumped";
    if (doubt.empty()) return false;
    base::log_bounded(
        base::Level::warning, "refused",
        {{"remote", request.remote()},
         {"peer", peer->name},
         {"code", "503"},
         {"cause", doubt + ": " + error.text()},
         {"act", "operator: check the date of this machine; if it is right, see cause"}}
    );
    return true;
}

// A signed form that was accepted before gets its receipt again, however old its wsu:Timestamp has
// become. Other forms must be fresh. Call while holding the permit, so that the outcome of an
// earlier request with the same form is known.
asio::awaitable<base::Result<>> check_first_time(State& state, const as4::Unpacker& unpacker)
{
    const auto* const stale = unpacker.stale();
    if (stale == nullptr) co_return base::Result<>();
    const auto look = [&] {
        return state.parts.queue.has_receipt(
            unpacker.peer()->party_id, unpacker.message_id(), unpacker.signed_info_digest()
        );
    };
    const auto known = co_await offload(state.workers, look);
    if (!known) co_return known.error();
    if (!*known) co_return *stale;
    co_return base::Result<>();
}

using Permit = std::optional<InFlight::Permit>;

// Once sender and MessageId are proven, only one request at a time may receive the message. A
// repeat stops reading its payload until the outcome of the first is known. An unproven message
// neither waits nor keeps others waiting. The freshness is checked once, when the permit is given.
asio::awaitable<base::Result<>>
wait_for_permit(State& state, as4::Unpacker& unpacker, Permit& permit)
{
    if (permit || !unpacker.peer()) co_return base::Result<>();
    InFlight::Key key(unpacker.peer()->party_id, unpacker.message_id());
    auto given = co_await state.in_flight.take(std::move(key), state.settings.duplicate_wait);
    if (!given) co_return base::Error(errc::busy, "the same message is still being taken in");
    permit.emplace(std::move(*given));
    const auto fresh = co_await check_first_time(state, unpacker);
    co_return fresh;
}

asio::awaitable<base::Result<as4::Verified>>
unpack(State& state, as4::Unpacker& unpacker, http::Request& request, Permit& permit)
{
    while (true) {
        const auto piece = co_await request.read();
        if (!piece && piece.error().code == http::errc::too_large)
            // The peer gets an error signal.
            co_return base::Error(as4::errc::too_large, piece.error().detail);
        if (!piece) co_return piece.error();
        if (!piece->has_value()) break;
        if (state.pressure.exhausted()) co_return base::Error(errc::disk_short);
        const auto octets = **piece;
        const auto feed = [&] { return unpacker.feed(octets); };
        const auto fed = co_await offload(state.workers, feed);
        if (!fed) co_return fed.error();
        const auto waited = co_await wait_for_permit(state, unpacker, permit);
        if (!waited) co_return waited.error();
        if (unpacker.peer() && !state.scheduler.takes("")) co_return base::Error(errc::drained);
    }
    const auto finish = [&] { return unpacker.finish(); };
    auto verified = co_await offload(state.workers, finish);
    if (!verified) co_return verified.error();
    // A message without attachments gets its permit only here.
    const auto waited = co_await wait_for_permit(state, unpacker, permit);
    if (!waited) co_return waited.error();
    if (!state.scheduler.takes("")) co_return base::Error(errc::drained);
    co_return verified;
}

// Returns the shortage that stops a message while it arrives; nothing if the message itself is at
// fault. If all peers are drained, receipts and errors for messages that we still send are
// accepted. Only a proven header shows that a message is neither.
std::optional<Shortage>
shortage_of(const base::Error& error, const std::optional<Shortage>& only_signals)
{
    if (error.code == as4::errc::only_signals) return only_signals;
    if (error.code == errc::drained) return Shortage::drained;
    if (error.code == errc::disk_short) return Shortage::disk;
    if (error.code == queue::errc::locked) return Shortage::lock;
    if (error.code == errc::busy) return Shortage::concurrency;
    return std::nullopt;
}

// Stores a log row for a refusal after the proof [DIGG TP-AS4 2.5; design 5]. The refusal stands
// even if the row cannot be written.
asio::awaitable<void> record_refusal(State& state, queue::Header header, std::string reason)
{
    auto record = [&queue = state.parts.queue, header = std::move(header),
                   reason = std::move(reason)](auto done) mutable {
        queue.record_refusal(std::move(header), std::move(reason), base::now(), std::move(done));
    };
    const auto recorded = co_await committed<void>(state.workers, std::move(record));
    if (!recorded)
        base::log(base::Level::error, "refusal_not_recorded", {{"cause", recorded.error().text()}});
}

asio::awaitable<base::Result<queue::Accepted>> keep(State& state, as4::Verified& verified)
{
    const auto sign = [&] { return as4::make_receipt(verified, state.parts.signer, base::now()); };
    const auto receipt = co_await offload(state.workers, sign);
    if (!receipt) co_return receipt.error();
    // [TA01][TA21] One transaction detects repeats and stores message and receipt.
    auto accept = [&queue = state.parts.queue,
                   message = inbound(state, verified, *receipt, base::now())](auto done) mutable {
        queue.accept(std::move(message), std::move(done));
    };
    co_return co_await committed<queue::Accepted>(state.workers, std::move(accept));
}

void log_received(
    const queue::Accepted& accepted, const queue::Header& header, const as4::Verified& verified
)
{
    const auto first = pmode::is_test(verified.message()) ? "answered" : "received";
    const auto event = accepted.kind == queue::Accepted::Kind::first    ? first
                       : accepted.kind == queue::Accepted::Kind::repeat ? "received_again"
                                                                        : "received_resigned";
    base::log(
        base::Level::info, event,
        {{"id", accepted.id},
         {"message_id", header.message_id},
         {"peer", header.peer},
         {"pmode", verified.peer().pmode.id},
         {"sender", header.sender},
         {"recipient", header.recipient},
         {"signer", verified.signer().subject()}}
    );
}

} // namespace

http::Response unavailable(State& state, Shortage why)
{
    auto response = http::plain(503, "text/plain; charset=UTF-8", "Try again later.\n");
    const auto wait = state.pressure.retry_after(why, static_cast<std::uint32_t>(state.chance()));
    response.headers.set("Retry-After", std::to_string(wait.count()));
    return response;
}

asio::awaitable<http::Response> Msh::receive(http::Request& request)
{
    const auto state = state_;
    const auto began = std::chrono::steady_clock::now();
    if (request.method() != "POST") {
        auto wrong =
            http::plain(405, "text/plain; charset=UTF-8", "AS4 messages are sent by POST.\n");
        wrong.headers.set("Allow", "POST");
        co_return wrong;
    }

    // Check before admission, which may end another request in favour of this one.
    if (auto encoded = refuse_coding(request)) co_return std::move(*encoded);

    std::optional<Shortage> only_signals;
    const auto admission = admit_message(state, request, only_signals);
    if (const auto* why = std::get_if<Shortage>(&admission)) co_return unavailable(*state, *why);

    const auto content_type = request.headers().get("Content-Type").value_or("");
    auto context = state->unpack;
    context.user_messages = !only_signals;
    const auto now = state->moment().wall;
    const bool jumped = state->clock.jumped().has_value();
    auto unpacker = as4::Unpacker::start(context, content_type, now);
    if (!unpacker) co_return co_await refuse(state, unpacker.error(), nullptr, request);
    Permit permit;
    auto verified = co_await unpack(*state, *unpacker, request, permit);
    if (const auto why = verified ? std::nullopt : shortage_of(verified.error(), only_signals)) {
        state->pressure.refused(*why);
        co_return unavailable(*state, *why);
    }
    if (!verified && is_in_doubt(*state, jumped, verified.error(), *unpacker, request))
        co_return unavailable(*state);
    if (!verified && unpacker->signal())
        co_return co_await receive_signal(state, *unpacker->signal(), request);
    if (!verified) co_return co_await refuse(state, verified.error(), &*unpacker, request);

    const auto header = header_of(*state, *verified);
    const bool test = pmode::is_test(verified->message());
    if (!test && !state->serves(header, verified->peer().pmode)) {
        co_await record_refusal(*state, header, "NOT_SERVICED");
        const base::Error not_served(as4::errc::not_served, header.recipient);
        co_return co_await refuse(state, not_served, &*unpacker, request);
    }

    const auto kept = co_await keep(*state, *verified);
    if (const auto why = kept ? std::nullopt : shortage_of(kept.error(), only_signals)) {
        state->pressure.refused(*why);
        co_return unavailable(*state, *why);
    }
    if (!kept) co_return co_await refuse(state, kept.error(), &*unpacker, request);
    const auto took = std::chrono::steady_clock::now() - began;
    state->counters.accepted(kept->kind, test, std::chrono::duration_cast<base::Duration>(took));
    if (kept->kind == queue::Accepted::Kind::conflicting) {
        const base::Error conflict(
            as4::errc::conflicting_repeat, "incident: another content under a MessageId seen before"
        );
        co_return co_await refuse(state, conflict, &*unpacker, request);
    }
    log_received(*kept, header, *verified);
    co_return http::plain(200, soap_type, kept->receipt);
}

} // namespace msh
