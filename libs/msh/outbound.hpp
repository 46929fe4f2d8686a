// SPDX-License-Identifier: Apache-2.0
// What every way to submit has in common: who may, the header's fixed values, the signature, the
// commit.
#pragma once

#include "msh/admission.hpp"
#include "msh/offload.hpp"
#include "msh/state.hpp"

#include <string>
#include <vector>

namespace msh {

// errc::not_your_participant, sender_not_served. Where the P-Mode is not four-corner the sender is
// our own party: a client may send for it that has our party id among its participants.
base::Result<> may_send_for(const State& state, const Caller& caller, const std::string& sender);

// A message to this peer with all that the P-Mode fixes, a MessageId and a ConversationId.
ebms::UserMessage new_message(const pmode::PModes& pmodes, const pmode::Peer& peer, base::Time now);

// By a clock that jumped further than peers accept timestamps ahead of theirs nothing is signed: it
// would be refused for good. errc::clock_in_doubt.
base::Result<> check_clock(const State& state, const Moment& now);

// What we would refuse of others we do not send: the header is read as a peer reads it, and every
// value must come back as it was given. errc::bad_value names the value.
base::Result<> check_header(const ebms::UserMessage& message);
// Our signing certificate must be valid: what is signed with another would be refused for good by
// every receiver. errc::certificate_invalid.
base::Result<> check_signing(const State& state, const Moment& now);

// The payload profile against real sizes: of each part, and of all [PMode PayloadProfile.maxSize].
// pmode::errc::no_match.
base::Result<> check_sizes(const std::vector<queue::NewPart>& parts, const pmode::PMode& pmode);

// What a submission is, before it is signed.
struct Submission {
    const pmode::Peer* peer = nullptr;
    ebms::UserMessage message;
    std::vector<queue::NewPart> parts; // in PartInfo order
    std::string idempotency_key;
    base::Bytes content_sha256; // of what was submitted: same key and same digest = the same
    std::optional<base::Duration> time_to_live; // shorter than the P-Mode's
};
// Checks the message against the P-Mode, signs its header and makes the record of it. Blocks for
// one RSA operation. errc::bad_value: a time to live longer than the P-Mode's, and check_header().
// pmode::errc::no_match, inconsistent: it is not what was agreed; invalid: there
// is no certificate to encrypt to; errors of as4.
base::Result<queue::Outbound>
seal(const State& state, const Caller& caller, Submission submission, const Moment& now);

// Commits it and wakes the sender. errc of queue (conflict).
asio::awaitable<base::Result<Submitted>>
keep(std::shared_ptr<State> state, const Caller& caller, queue::Outbound outbound);

// The whole body of a request, piece by piece, into an intake on the workers.
template <class Intake>
asio::awaitable<base::Result<>> feed_all(State& state, http::Request& request, Intake& intake)
{
    while (true) {
        const auto piece = co_await request.read();
        if (!piece) co_return piece.error();
        if (state.pressure.exhausted()) co_return base::Error(errc::disk_short);
        if (!piece->has_value()) co_return base::Result<>();
        const auto octets = **piece;
        const auto feed = [&] {
            give_way();
            return intake.feed(octets);
        };
        const auto fed = co_await offload(state.intake, feed);
        if (!fed) co_return fed.error();
    }
}

} // namespace msh
