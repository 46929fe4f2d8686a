// SPDX-License-Identifier: Apache-2.0
// Submit, for any network: a form describes the message and brings the payloads. The header is made
// from it, checked against the standard and the P-Mode, signed and committed.
#include "msh/msh.hpp"

#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "ebms/message_id.hpp"
#include "msh/admission.hpp"
#include "msh/form_intake.hpp"
#include "msh/outbound.hpp"

namespace msh {

namespace {

// Returns the given value, or the P-Mode's if it has exactly one.
std::string given_or_agreed(const std::string& given, const std::vector<std::string>& agreed)
{
    return given.empty() && agreed.size() == 1 ? agreed.front() : given;
}

// [AS4 3.1][TA25][TA27][TA28] MimeType and CharacterSet are those of the payload as submitted.
ebms::PartInfo part_info(const ArrivedPayload& payload)
{
    ebms::PartInfo info;
    info.href = "cid:" + payload.described.content_id;
    info.properties.push_back({"MimeType", payload.described.mime_type, ""});
    if (!payload.described.character_set.empty())
        info.properties.push_back({"CharacterSet", payload.described.character_set, ""});
    if (payload.octets.compressed())
        info.properties.push_back({"CompressionType", "application/gzip", ""});
    const auto& more = payload.described.properties; // [TA44]
    info.properties.insert(info.properties.end(), more.begin(), more.end());
    return info;
}

ebms::UserMessage user_message(
    const Description& described, const std::vector<ArrivedPayload>& payloads,
    const pmode::Peer& peer, const pmode::PModes& pmodes, base::Time now
)
{
    const auto& pmode = peer.pmode;
    auto message = new_message(pmodes, peer, now);
    if (!described.message_id.empty()) message.info.message_id = described.message_id;
    message.info.ref_to_message_id = described.ref_to_message_id;
    message.service.value = given_or_agreed(described.service.value, pmode.services);
    message.service.type = described.service.type;
    message.action = given_or_agreed(described.action, pmode.actions);
    // [ED115 1.4.4.3] The test service has no type.
    if (message.service.type.empty() && !pmode::is_test(message))
        message.service.type = pmode.service_type.value_or("");
    if (!described.conversation_id.empty()) message.conversation_id = described.conversation_id;
    const auto scheme = [&](const Participant& participant) {
        return participant.scheme.empty() ? pmode.participant_scheme : participant.scheme;
    };
    const auto& from = described.original_sender;
    const auto& to = described.final_recipient;
    if (pmode.four_corner)
        message.properties = {
            {"originalSender", from.id, scheme(from)}, {"finalRecipient", to.id, scheme(to)}
        };
    const auto& more = described.properties; // [TA20]
    message.properties.insert(message.properties.end(), more.begin(), more.end());
    // [TA45] In the described order, the leading document first.
    for (const auto& payload : payloads)
        message.parts.push_back(part_info(payload));
    return message;
}

queue::NewPart new_part(ArrivedPayload& payload)
{
    queue::NewPart part;
    part.part.content_id = payload.described.content_id;
    part.part.mime_type = payload.described.mime_type;
    part.part.character_set = payload.described.character_set;
    part.part.compressed = payload.octets.compressed();
    part.part.plain_size = payload.octets.plain_size();
    part.part.sha256 = payload.octets.signed_sha256();
    part.content = payload.octets.content();
    return part;
}

base::Result<queue::Outbound>
prepare(const State& state, const Caller& caller, FormIntake& intake, const Moment& now)
{
    if (auto complete = intake.finish(); !complete) return complete.error();
    const auto& described = intake.description();
    if (!described.message_id.empty() && !ebms::is_strict_message_id(described.message_id))
        return base::Error(
            errc::bad_value, "message_id must be like left@right [RFC 2822 3.6.4]: " +
                                 std::string(ebms::message_id_rule)
        );
    auto payloads = intake.payloads();

    Submission submission;
    submission.peer = &intake.peer();
    submission.message =
        user_message(described, payloads, intake.peer(), state.parts.pmodes, now.wall);
    const bool keyed = !described.idempotency_key.empty();
    submission.idempotency_key = keyed ? described.idempotency_key : described.message_id;
    submission.time_to_live = described.time_to_live;
    crypto::Sha256 content;
    content.update(digest(described));
    for (auto& payload : payloads) {
        content.update(payload.octets.plain_sha256());
        submission.parts.push_back(new_part(payload));
    }
    submission.content_sha256 = content.finish();
    return seal(state, caller, std::move(submission), now);
}

} // namespace

asio::awaitable<base::Result<Submitted>>
Msh::submit_form(const Caller& caller, http::Request& request, const ReadDescription& read)
{
    const auto state = state_;
    const auto admission = co_await admit_submission(state, request);
    if (const auto* why = std::get_if<Shortage>(&admission)) co_return base::Error(error_of(*why));

    const auto sound = check_clock(*state, state->moment()); // before a body is read in vain
    if (!sound) co_return sound.error();
    const auto type = request.headers().get("Content-Type").value_or("");
    const auto intake = FormIntake::start(*state, caller, read, type);
    if (!intake) co_return intake.error();
    const auto fed = co_await feed_all(*state, request, **intake);
    if (!fed) co_return fed.error();
    const auto now = state->moment();
    const auto make = [&] {
        give_way();
        return prepare(*state, caller, **intake, now);
    };
    auto outbound = co_await offload(state->intake, make);
    if (!outbound) co_return outbound.error();
    co_return co_await keep(state, caller, std::move(*outbound));
}

} // namespace msh
