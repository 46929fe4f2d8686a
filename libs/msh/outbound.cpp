// SPDX-License-Identifier: Apache-2.0
// The steps from a complete message to a signed and committed one.
#include "msh/outbound.hpp"

#include "base/id.hpp"
#include "base/log.hpp"
#include "base/ordered_id.hpp"
#include "ebms/message_id.hpp"
#include "xml/escape.hpp"

#include <algorithm>

namespace msh {

base::Result<> may_send_for(const State& state, const Caller& caller, const std::string& sender)
{
    const auto& own = caller.visibility.participants();
    const auto is_it = [&](const std::string& each) { return base::iequals(each, sender); };
    if (!caller.visibility.is_all() && std::ranges::none_of(own, is_it))
        return base::Error(errc::not_your_participant, sender);
    if (sender != state.parts.pmodes.own_party() && !state.serves(sender))
        return base::Error(errc::sender_not_served, sender);
    return {};
}

ebms::UserMessage new_message(const pmode::PModes& pmodes, const pmode::Peer& peer, base::Time now)
{
    const auto& pmode = peer.pmode;
    ebms::UserMessage message;
    message.mpc = pmode.mpc;
    message.info.timestamp = now;
    message.info.message_id = ebms::make_message_id(base::ordered_uuid(now), pmodes.own_party());
    message.from.id = {pmodes.own_party(), pmode.own_party_type};
    message.from.role = pmode.initiator_role;
    message.to.id = {peer.party_id, pmode.party_type};
    message.to.role = pmode.responder_role;
    message.agreement = pmode.agreement;
    message.conversation_id = base::uuid(); // [TA18] always present
    return message;
}

base::Result<> check_clock(const State& state, const Moment& now)
{
    const auto off = std::max(now.wall - now.believed, now.latest - now.wall);
    if (off <= state.settings.unpack.max_timestamp_ahead + Clock::tolerated) return {};
    return base::Error(errc::clock_in_doubt, "it is " + base::to_text(now.wall) + " there");
}

namespace {

// Returns the values that come from a submission, each with its name for error messages.
std::vector<std::pair<std::string, std::string>> brought(const ebms::UserMessage& message)
{
    std::vector<std::pair<std::string, std::string>> values{
        {"message_id", message.info.message_id},
        {"ref_to_message_id", message.info.ref_to_message_id},
        {"service", message.service.value},
        {"service type", message.service.type},
        {"action", message.action},
        {"conversation_id", message.conversation_id}
    };
    const auto add = [&](const std::vector<ebms::Property>& properties) {
        for (const auto& property : properties) {
            const auto name = "property " + property.name.substr(0, 100);
            values.emplace_back("name of " + name, property.name);
            values.emplace_back("type of " + name, property.type);
            values.emplace_back(name, property.value);
        }
    };
    add(message.properties);
    for (const auto& part : message.parts)
        add(part.properties);
    return values;
}

// Compares two headers with the same structure. Returns the name of the first value that differs.
std::string first_change(const ebms::UserMessage& given, const ebms::UserMessage& read)
{
    const auto before = brought(given);
    const auto after = brought(read);
    const auto ends = std::ranges::mismatch(before, after);
    return ends.in1 == before.end() ? "a value" : ends.in1->first;
}

} // namespace

base::Result<> check_header(const ebms::UserMessage& message)
{
    for (const auto& [name, value] : brought(message))
        if (!xml::is_xml_text(value))
            return base::Error(errc::bad_value, name + " has a character that XML cannot carry");
    const auto written = ebms::write(message, "messaging");
    const auto document = xml::Document::parse(written, xml::Limits());
    if (!document) return base::Error(errc::bad_value, document.error().text());
    const auto read = ebms::read(document->root());
    if (!read) return base::Error(errc::bad_value, read.error().detail);
    const auto& again = std::get<ebms::UserMessage>(*read);
    if (ebms::write(again, "messaging") == written) return {};
    return base::Error(
        errc::bad_value,
        first_change(message, again) + " has white space at its ends, or more than a space inside"
    );
}

base::Result<> check_signing(const State& state, const Moment& now)
{
    const auto verdict = crypto::judge_validity(state.parts.signer.certificate(), now.likely());
    if (verdict == crypto::Trust::trusted) return {};
    return base::Error(errc::certificate_invalid, "node.certificate: " + verdict.text());
}

base::Result<> check_sizes(const std::vector<queue::NewPart>& parts, const pmode::PMode& pmode)
{
    std::uint64_t total = 0;
    for (const auto& [part, content] : parts) {
        total += part.plain_size;
        const auto rule = std::ranges::find(
            pmode.payload_profile, part.content_id, &pmode::PayloadRule::content_id
        );
        if (rule == pmode.payload_profile.end() || rule->max_size == 0) continue;
        if (part.plain_size > rule->max_size)
            return base::Error(
                pmode::errc::no_match, "payload " + part.content_id + " has more than " +
                                           std::to_string(rule->max_size) + " octets"
            );
    }
    if (pmode.max_payload_total > 0 && total > pmode.max_payload_total)
        return base::Error(
            pmode::errc::no_match,
            "payloads of more than " + std::to_string(pmode.max_payload_total) + " octets together"
        );
    return {};
}

base::Result<queue::Outbound>
seal(const State& state, const Caller& caller, Submission submission, const Moment& now)
{
    const auto& peer = *submission.peer;
    const auto& message = submission.message;
    if (auto sound = check_clock(state, now); !sound) return sound.error();
    if (auto valid = check_signing(state, now); !valid) return valid.error();
    // Refuse a message that cannot be encrypted, instead of trying it in vain.
    if (peer.pmode.must_encrypt && !peer.encryption)
        return base::Error(pmode::errc::invalid, "no encryption certificate for peer " + peer.name);
    const auto longest = peer.pmode.retry.time_to_live;
    if (submission.time_to_live && *submission.time_to_live > longest)
        return base::Error(
            errc::bad_value, "time_to_live is longer than the " + base::to_text(longest) +
                                 " of the P-Mode of peer " + peer.name
        );
    if (auto sound = check_header(message); !sound) return sound.error();
    // [DIGG AP-KS 3.1.6] A message that is not as agreed is not sent.
    if (auto agreed = pmode::conforms(message, peer.pmode); !agreed) return agreed.error();
    if (auto fits = check_sizes(submission.parts, peer.pmode); !fits) return fits.error();

    std::vector<wss::PartDigest> digests;
    for (const auto& [part, content] : submission.parts)
        digests.push_back({part.content_id, part.sha256});
    auto sealed = as4::seal(message, digests, peer.pmode, state.parts.signer);
    if (!sealed) return sealed.error();

    queue::Outbound outbound;
    outbound.id = base::ordered_uuid(now.wall);
    outbound.header = header_of(message, peer);
    if (const auto* own = state.served(outbound.header.sender)) outbound.header.sender = *own;
    outbound.client = caller.name;
    outbound.idempotency_key = std::move(submission.idempotency_key);
    outbound.content_sha256 = std::move(submission.content_sha256);
    outbound.sealed = sealed->to_bytes();
    outbound.created = now.wall;
    outbound.due = now.believed;
    outbound.expires = now.latest + submission.time_to_live.value_or(longest);
    outbound.parts = std::move(submission.parts);
    return outbound;
}

asio::awaitable<base::Result<Submitted>>
keep(std::shared_ptr<State> state, const Caller& caller, queue::Outbound outbound)
{
    const auto header = outbound.header;
    if (!state->scheduler.takes(header.peer)) {
        state->pressure.refused(Shortage::drained);
        co_return base::Error(errc::drained, header.peer);
    }
    std::uint64_t size = 0;
    for (const auto& [part, content] : outbound.parts)
        size += part.plain_size;
    auto enqueue = [&queue = state->parts.queue, message = std::move(outbound)](auto done) mutable {
        queue.enqueue(std::move(message), std::move(done));
    };
    const auto kept = co_await committed<queue::Enqueued>(state->intake, std::move(enqueue));
    if (!kept) co_return kept.error();
    if (!kept->existed) {
        state->pressure.added();
        state->backlog.added(header.peer);
    }
    ++(kept->existed ? state->counters.submitted_again : state->counters.submitted);

    base::log(
        base::Level::info, kept->existed ? "submitted_again" : "submitted",
        {{"id", kept->id},
         {"message_id", kept->message_id},
         {"client", caller.name},
         {"peer", header.peer},
         {"sender", header.sender},
         {"recipient", header.recipient},
         {"size", std::to_string(size)}}
    );
    state->wake();
    Submitted submitted;
    submitted.id = kept->id;
    submitted.message_id = kept->message_id;
    submitted.existed = kept->existed;
    co_return submitted;
}

} // namespace msh
