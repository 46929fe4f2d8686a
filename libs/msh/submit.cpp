// SPDX-License-Identifier: Apache-2.0
// Submit: a document arrives in pieces and is gzipped, hashed and read for its routing in one pass;
// then the header is made and signed, and all of it committed, before the producer gets its answer.
#include "msh/msh.hpp"

#include "as4/compression.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "envelope/xhe.hpp"
#include "msh/offload.hpp"
#include "msh/state.hpp"

namespace msh {

namespace {

// What arrives of a submission. Runs on the workers, one piece after the other.
class Intake {
public:
    Intake(base::Path spool_folder, std::uint64_t limit)
        : spool_(std::move(spool_folder)), limit_(limit)
    {
    }

    base::Result<> feed(base::BytesView piece)
    {
        size_ += piece.size();
        if (size_ > limit_) return base::Error(http::errc::too_large, "submission");
        content_.update(piece);
        if (auto read = xhe_.feed(piece); !read) return read;
        base::Bytes gzip;
        deflater_.update(piece, gzip);
        return keep(gzip);
    }

    // The header of the document; ends the compression.
    base::Result<envelope::XheHeader> finish()
    {
        auto header = xhe_.finish();
        if (!header) return header;
        base::Bytes gzip;
        deflater_.finish(gzip);
        if (auto kept = keep(gzip); !kept) return kept.error();
        return header;
    }

    base::Bytes content_sha256() { return content_.finish(); }
    base::Bytes gzip_sha256() { return gzip_.finish(); }
    base::Content content() { return spool_.finish(); }
    std::uint64_t size() const { return size_; }

private:
    base::Result<> keep(base::BytesView gzip)
    {
        gzip_.update(gzip);
        return spool_.write(gzip);
    }

    base::Spool spool_;
    std::uint64_t limit_;
    std::uint64_t size_ = 0;
    crypto::Sha256 content_;
    crypto::Sha256 gzip_;
    as4::Deflater deflater_;
    envelope::XheReader xhe_;
};

// The document's values as AS4 has them [DIGG TP-AS4 2.3.1 a-q, 2.7a: ConversationId is the XHE
// id].
ebms::UserMessage user_message(
    const envelope::XheHeader& xhe, const pmode::Peer& peer, const std::string& own_party,
    base::Time now
)
{
    const auto& pmode = peer.pmode;
    ebms::UserMessage message;
    message.mpc = pmode.mpc;
    message.info.timestamp = now;
    message.info.message_id = base::uuid() + "@" + base::lower(own_party) + ".kurir";
    message.from.id = {own_party, pmode.party_type};
    message.from.role = pmode.initiator_role;
    message.to.id = {peer.party_id, pmode.party_type};
    message.to.role = pmode.responder_role;
    message.agreement = pmode.agreement;
    message.service = {xhe.process_id, xhe.process_scheme};
    message.action = xhe.document_scheme + "::" + xhe.document_id;
    message.conversation_id = xhe.id;
    message.properties = {
        {"originalSender", xhe.from.value, xhe.from.scheme},
        {"finalRecipient", xhe.to.value, xhe.to.scheme}};
    ebms::PartInfo part;
    part.href = "cid:" + pmode.payload_content_id;
    part.properties = {
        {"MimeType", pmode.payload_mime_type, ""}, {"CompressionType", "application/gzip", ""}};
    message.parts.push_back(std::move(part));
    return message;
}

// Who may submit for whom, where it goes, and the signed header. Blocks for one RSA operation.
base::Result<queue::Outbound>
prepare(const State& state, const Caller& caller, Intake& intake, base::Time now)
{
    const auto xhe = intake.finish();
    if (!xhe) return xhe.error();
    const auto& own = caller.participants;
    if (!caller.is_operator() && std::ranges::find(own, xhe->from.value) == own.end())
        return base::Error(errc::not_your_participant, xhe->from.value);
    if (!state.serves(xhe->from.value))
        return base::Error(errc::sender_not_served, xhe->from.value);
    const auto route = state.parts.pmodes.route(xhe->to.value);
    if (!route) return route.error();
    const auto& peer = *route->peer;
    // [DIGG AP-KS 3.1.6] what is not agreed is not sent.
    const auto action = xhe->document_scheme + "::" + xhe->document_id;
    if (!peer.pmode.covers(xhe->process_id, action))
        return base::Error(pmode::errc::no_match, action);

    const auto message = user_message(*xhe, peer, state.parts.pmodes.own_party(), now);
    const auto gzip_sha256 = intake.gzip_sha256();
    const std::vector<wss::PartDigest> digests{{peer.pmode.payload_content_id, gzip_sha256}};
    auto sealed = as4::seal(message, digests, peer.pmode, state.parts.signer);
    if (!sealed) return sealed.error();

    queue::Outbound outbound;
    outbound.id = base::uuid();
    outbound.header = header_of(message, peer);
    outbound.client = caller.name;
    outbound.idempotency_key = xhe->id;
    outbound.content_sha256 = intake.content_sha256();
    outbound.sealed = sealed->to_bytes();
    outbound.created = now;
    outbound.expires = now + peer.pmode.retry.time_to_live;
    queue::NewPart part;
    part.part.content_id = peer.pmode.payload_content_id;
    part.part.mime_type = peer.pmode.payload_mime_type;
    part.part.compressed = true;
    part.part.plain_size = intake.size();
    part.part.sha256 = gzip_sha256;
    part.content = intake.content();
    outbound.parts.push_back(std::move(part));
    return outbound;
}

} // namespace

asio::awaitable<base::Result<Submitted>> Msh::submit(const Caller& caller, http::Request& request)
{
    const auto state = state_;
    if (state->stopping) co_return base::Error(errc::stopping);
    const auto slot = Slot::take(state, &State::submitting, state->settings.submitting);
    if (!slot) co_return base::Error(errc::busy, "submissions");

    Intake intake(state->parts.queue.spool_folder(), state->settings.submission_bytes);
    while (true) {
        const auto piece = co_await request.read();
        if (!piece) co_return piece.error();
        if (!piece->has_value()) break;
        const auto octets = **piece;
        const auto feed = [&] { return intake.feed(octets); };
        const auto fed = co_await offload(state->workers, feed);
        if (!fed) co_return fed.error();
    }

    const auto make = [&] { return prepare(*state, caller, intake, base::now()); };
    auto outbound = co_await offload(state->workers, make);
    if (!outbound) co_return outbound.error();

    const auto header = outbound->header;
    auto enqueue = [&queue = state->parts.queue, message = std::move(*outbound)](auto done
                   ) mutable { queue.enqueue(std::move(message), std::move(done)); };
    const auto kept = co_await committed<queue::Enqueued>(state->workers, std::move(enqueue));
    if (!kept) co_return kept.error();

    base::log(
        base::Level::info, kept->existed ? "submitted_again" : "submitted",
        {{"id", kept->id},
         {"message_id", kept->message_id},
         {"client", caller.name},
         {"peer", header.peer},
         {"sender", header.sender},
         {"recipient", header.recipient},
         {"size", std::to_string(intake.size())}}
    );
    state->wake();
    Submitted submitted;
    submitted.id = kept->id;
    submitted.message_id = kept->message_id;
    submitted.existed = kept->existed;
    co_return submitted;
}

} // namespace msh
