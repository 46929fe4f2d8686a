// SPDX-License-Identifier: Apache-2.0
// The common steps of all submissions: permission, fixed header values, signature, commit.
#pragma once

#include "msh/admission.hpp"
#include "msh/offload.hpp"
#include "msh/state.hpp"

#include <string>
#include <vector>

namespace msh {

// Checks whether the caller may submit for this sender. errc::not_your_participant,
// sender_not_served. Without four corners the sender is our own party. Then the caller needs our
// party id among its participants.
base::Result<> may_send_for(const State& state, const Caller& caller, const std::string& sender);

// Returns a message to this peer with all values that the P-Mode fixes, and with a new MessageId
// and ConversationId.
ebms::UserMessage new_message(const pmode::PModes& pmodes, const pmode::Peer& peer, base::Time now);

// errc::clock_in_doubt if the clock jumped further than peers accept timestamps ahead of their
// clocks. Nothing is signed then, because peers would permanently refuse it.
base::Result<> check_clock(const State& state, const Moment& now);

// Parses the header as a peer does and compares every value, so that we send nothing that we would
// refuse. errc::bad_value names the first value that changed.
base::Result<> check_header(const ebms::UserMessage& message);
// errc::certificate_invalid unless our signing certificate is valid. Every receiver would
// permanently refuse the message.
base::Result<> check_signing(const State& state, const Moment& now);

// Checks the real sizes against the payload profile, for each part and in total
// [PMode PayloadProfile.maxSize]. pmode::errc::no_match.
base::Result<> check_sizes(const std::vector<queue::NewPart>& parts, const pmode::PMode& pmode);

// A submission before it is signed.
struct Submission {
    const pmode::Peer* peer = nullptr;
    ebms::UserMessage message;
    std::vector<queue::NewPart> parts; // in PartInfo order
    std::string idempotency_key;
    base::Bytes content_sha256;                 // same key and same digest = the same submission
    std::optional<base::Duration> time_to_live; // shorter than the P-Mode's
};
// Checks the message against the P-Mode, signs its header and makes the record. Blocks for one RSA
// operation. errc::bad_value: check_header() fails, or the time to live is longer than the
// P-Mode's. errc::clock_in_doubt, certificate_invalid. pmode::errc::no_match, inconsistent: the
// message is not as agreed. pmode::errc::invalid: no certificate to encrypt to. Errors of as4.
base::Result<queue::Outbound>
seal(const State& state, const Caller& caller, Submission submission, const Moment& now);

// Stores the message and wakes the send loop. errc::drained; errors of queue (conflict).
asio::awaitable<base::Result<Submitted>>
keep(std::shared_ptr<State> state, const Caller& caller, queue::Outbound outbound);

// Reads the whole body of a request and feeds it to the intake, piece by piece, on State::intake.
// errc::disk_short: the disk ran short meanwhile. Errors of http and of the intake.
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
