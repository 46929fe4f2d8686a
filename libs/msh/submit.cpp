// SPDX-License-Identifier: Apache-2.0
// Submit: an XHE document arrives in pieces. One pass compresses it, hashes it and reads its
// routing. Then the header is made and signed, and all is committed before the producer gets its
// answer.
#include "msh/msh.hpp"

#include "envelope/xhe.hpp"
#include "msh/admission.hpp"
#include "msh/outbound.hpp"
#include "msh/payload_intake.hpp"

namespace msh {

namespace {

// A document while it arrives. Runs on State::intake, one piece after the other.
class Intake {
public:
    Intake(base::Path spool_folder, std::uint64_t limit)
        : payload_(std::move(spool_folder), true, {}, {}), limit_(limit)
    {
    }

    base::Result<> feed(base::BytesView piece)
    {
        if (payload_.plain_size() + piece.size() > limit_)
            return base::Error(http::errc::too_large, "submission");
        if (auto read = xhe_.feed(piece); !read) return read;
        return payload_.feed(piece);
    }

    // Returns the header of the document, and ends the compression.
    base::Result<envelope::XheHeader> finish()
    {
        auto header = xhe_.finish();
        if (!header) return header;
        if (auto finished = payload_.finish(); !finished) return finished.error();
        return header;
    }

    PayloadIntake& payload() { return payload_; }

private:
    PayloadIntake payload_;
    std::uint64_t limit_;
    envelope::XheReader xhe_;
};

// Maps the document's values to AS4
// [DIGG TP-AS4 2.3.1 a-q, 2.7a: ConversationId is the XHE id].
ebms::UserMessage user_message(
    const envelope::XheHeader& xhe, const pmode::Peer& peer, const pmode::PModes& pmodes,
    base::Time now
)
{
    auto message = new_message(pmodes, peer, now);
    message.service = {xhe.process_id, xhe.process_scheme};
    message.action = xhe.document_scheme + "::" + xhe.document_id;
    message.conversation_id = xhe.id;
    message.properties = {
        {"originalSender", xhe.from.value, xhe.from.scheme},
        {"finalRecipient", xhe.to.value, xhe.to.scheme}
    };
    ebms::PartInfo part;
    part.href = "cid:" + peer.pmode.payload_content_id;
    part.properties = {
        {"MimeType", peer.pmode.payload_mime_type, ""}, {"CompressionType", "application/gzip", ""}
    };
    message.parts.push_back(std::move(part));
    return message;
}

queue::NewPart new_part(PayloadIntake& payload, const pmode::PMode& pmode)
{
    queue::NewPart part;
    part.part.content_id = pmode.payload_content_id;
    part.part.mime_type = pmode.payload_mime_type;
    part.part.compressed = true;
    part.part.plain_size = payload.plain_size();
    part.part.sha256 = payload.signed_sha256();
    part.content = payload.content();
    return part;
}

// Checks permission and route, and signs the header. Blocks for one RSA operation.
base::Result<queue::Outbound> prepare(
    const State& state, const Caller& caller, Intake& intake,
    std::optional<base::Duration> time_to_live, const Moment& now
)
{
    const auto xhe = intake.finish();
    if (!xhe) return xhe.error();
    // Checked first: other callers must not learn which recipients can be reached.
    const auto& pmodes = state.parts.pmodes;
    if (auto allowed = may_send_for(state, caller, xhe->from.value); !allowed)
        return allowed.error();
    const auto route = pmodes.route(xhe->to.value);
    if (!route) return route.error();
    const auto& peer = *route->peer;
    if (!peer.pmode.four_corner)
        return base::Error(pmode::errc::no_match, "an XHE document: no four-corner P-Mode");
    // The document was compressed while it arrived, before its recipient was known.
    if (!peer.pmode.compress)
        return base::Error(
            pmode::errc::no_match, "an XHE document travels as gzip, and the P-Mode of peer " +
                                       peer.name + " has no compression: submit it as a form"
        );
    auto& payload = intake.payload();
    if (auto fits = payload.check_ratio(peer.pmode.limits); !fits) return fits.error();

    Submission submission;
    submission.peer = &peer;
    submission.message = user_message(*xhe, peer, pmodes, now.wall);
    submission.parts.push_back(new_part(payload, peer.pmode));
    submission.idempotency_key = xhe->id;
    submission.content_sha256 = payload.plain_sha256();
    submission.time_to_live = time_to_live;
    return seal(state, caller, std::move(submission), now);
}

} // namespace

asio::awaitable<base::Result<Submitted>> Msh::submit(
    const Caller& caller, http::Request& request, std::optional<base::Duration> time_to_live
)
{
    const auto state = state_;
    const auto admission = co_await admit_submission(state, request);
    if (const auto* why = std::get_if<Shortage>(&admission)) co_return base::Error(error_of(*why));

    const auto sound = check_clock(*state, state->moment()); // before a body is read in vain
    if (!sound) co_return sound.error();
    Intake intake(state->parts.queue.spool_folder(), state->settings.submission_bytes);
    const auto fed = co_await feed_all(*state, request, intake);
    if (!fed) co_return fed.error();
    const auto now = state->moment();
    const auto make = [&] {
        give_way();
        return prepare(*state, caller, intake, time_to_live, now);
    };
    auto outbound = co_await offload(state->intake, make);
    if (!outbound) co_return outbound.error();
    co_return co_await keep(state, caller, std::move(*outbound));
}

} // namespace msh
