// SPDX-License-Identifier: Apache-2.0
// Receive: one HTTP request becomes one stored message and one receipt, or one error signal. A
// receipt leaves only after the commit. A repeat gets the first receipt's bytes (design 5.4). A
// receipt or error of a peer goes to signal.cpp.
#include "msh/msh.hpp"

#include "base/id.hpp"
#include "base/log.hpp"
#include "msh/offload.hpp"
#include "msh/state.hpp"

namespace msh {

namespace {

constexpr auto retry_after_seconds = "30";

queue::Inbound inbound(as4::Verified& verified, const as4::MadeReceipt& receipt, base::Time now)
{
    queue::Inbound kept;
    kept.id = base::uuid();
    kept.header = header_of(verified.message(), verified.peer());
    kept.envelope = verified.envelope();
    kept.signed_info_digest = verified.signed_info_digest();
    kept.signer = verified.signer().der();
    kept.receipt = receipt.soap;
    kept.receipt_id = receipt.message_id;
    kept.received = now;
    // [ED115 1.4.4.3][TA17] a test message is receipted and goes no further, its payload neither.
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

// A connection that broke or stalled while the message arrived: the peer's, or the network's
// between us.
bool is_connection(const base::Error& error)
{
    return error.code.category() == http::category();
}

// The one log line of a refusal: what, whose, and who must act.
void log_refusal(
    const base::Error& error, const as4::ErrorAnswer& answer, const std::string& message_id,
    const http::Request& request
)
{
    const bool own = answer.http_status == 503 && !is_connection(error);
    const auto level = own ? base::Level::error : base::Level::warning;
    const auto act = own                    ? "operator: see cause"
                     : is_connection(error) ? "peer: send it again"
                                            : "peer: mend the message";
    base::log(
        level, "refused",
        {{"message_id", message_id},
         {"remote", request.remote()},
         {"code",
          answer.code ? std::string(answer.code->code) : std::to_string(answer.http_status)},
         {"cause", error.text()},
         {"act", act}}
    );
}

// Whom we may make a signed statement to: a peer whose signature was proven, or whose TLS
// certificate our CAs vouch for.
bool is_known(const as4::Unpacker* unpacker, const http::Request& request)
{
    return (unpacker && unpacker->peer()) || request.client_certificate();
}

// [ED115 1.4.2.4] how the peer agreed to be referred to our certificate.
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

// Errors of our own machinery (queue, http) say "not now" to the peer; what is kept is not at
// stake.
asio::awaitable<http::Response> refuse(
    std::shared_ptr<State> state, base::Error error, const as4::Unpacker* unpacker,
    http::Request& request
)
{
    const auto answer = as4::error_answer(error);
    const auto message_id = unpacker ? unpacker->message_id() : std::string();
    log_refusal(error, answer, message_id, request);
    if (!answer.code) co_return unavailable();
    const auto known = is_known(unpacker, request);
    const auto token = token_for(unpacker);
    const auto make = [&] { return error_signal(*state, answer, message_id, known, token); };
    auto signal = co_await offload(state->workers, make);
    if (!signal) co_return unavailable();
    auto response = http::plain(answer.http_status, soap_type, std::move(*signal));
    // What is left of the request is drained within bounds; then the connection ends, so that the
    // answer is not cut off.
    response.close = true;
    co_return response;
}

asio::awaitable<base::Result<as4::Verified>>
unpack(State& state, as4::Unpacker& unpacker, http::Request& request)
{
    while (true) {
        const auto piece = co_await request.read();
        if (!piece && piece.error().code == http::errc::too_large)
            co_return base::Error(as4::errc::too_large, piece.error().detail); // the peer is told
        if (!piece) co_return piece.error();
        if (!piece->has_value()) break;
        const auto octets = **piece;
        const auto feed = [&] { return unpacker.feed(octets); };
        const auto fed = co_await offload(state.workers, feed);
        if (!fed) co_return fed.error();
    }
    const auto finish = [&] { return unpacker.finish(); };
    co_return co_await offload(state.workers, finish);
}

// Refusals after proof are kept as a log row [DIGG TP-AS4 2.5; design 5]. The refusal stands even
// if the row cannot be written.
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
    // [TA01][TA21] One transaction keeps message and receipt, and finds repeats.
    auto accept = [&queue = state.parts.queue,
                   message = inbound(verified, *receipt, base::now())](auto done) mutable {
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

http::Response unavailable()
{
    auto response = http::plain(503, "text/plain; charset=UTF-8", "Try again later.\n");
    response.headers.set("Retry-After", retry_after_seconds);
    response.close = true;
    return response;
}

asio::awaitable<http::Response> Msh::receive(http::Request& request)
{
    const auto state = state_;
    const auto slot = Slot::take(state, &State::receiving, state->settings.receiving);
    if (state->stopping || !slot) co_return unavailable();
    if (request.method() != "POST") {
        auto wrong =
            http::plain(405, "text/plain; charset=UTF-8", "AS4 messages are sent by POST.\n");
        wrong.headers.set("Allow", "POST");
        co_return wrong;
    }

    const auto content_type = request.headers().get("Content-Type").value_or("");
    auto unpacker = as4::Unpacker::start(state->unpack, content_type, base::now());
    if (!unpacker) co_return co_await refuse(state, unpacker.error(), nullptr, request);
    auto verified = co_await unpack(*state, *unpacker, request);
    if (!verified && unpacker->signal())
        co_return co_await receive_signal(state, *unpacker->signal(), request);
    if (!verified) co_return co_await refuse(state, verified.error(), &*unpacker, request);

    const auto header = header_of(verified->message(), verified->peer());
    const bool test = pmode::is_test(verified->message());
    if (!test && !state->serves(header, verified->peer().pmode)) {
        co_await record_refusal(*state, header, "NOT_SERVICED");
        const base::Error not_served(as4::errc::not_served, header.recipient);
        co_return co_await refuse(state, not_served, &*unpacker, request);
    }

    const auto kept = co_await keep(*state, *verified);
    if (!kept) co_return co_await refuse(state, kept.error(), &*unpacker, request);
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
