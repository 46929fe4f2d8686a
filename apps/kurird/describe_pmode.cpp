// SPDX-License-Identifier: Apache-2.0
// A P-Mode in words: what is agreed with a peer, as it is obeyed.
#include "kurird/config_pmode.hpp"
#include "kurird/load.hpp"

#include "base/units.hpp"

#include <cmath>

namespace kurird {

namespace {

std::string listed(const std::vector<std::string>& words, const std::string& none)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? none : text;
}

std::string line(const std::string& name, const std::string& value)
{
    return "    " + name + ": " + value + "\n";
}

std::string typed(const std::string& type)
{
    return type.empty() ? "no type" : "type " + type;
}

std::string agreement(const std::optional<ebms::AgreementRef>& agreed)
{
    if (!agreed) return "none sent, any taken";
    return agreed->value + " (" + typed(agreed->type) +
           (agreed->pmode.empty() ? "" : ", pmode " + agreed->pmode) + ")";
}

std::string properties(const pmode::PMode& mode)
{
    std::vector<std::string> words;
    if (mode.four_corner)
        words.push_back(
            "originalSender and finalRecipient (required" +
            (mode.participant_scheme.empty() ? "" : ", type " + mode.participant_scheme) + ")"
        );
    for (const auto& rule : mode.properties)
        words.push_back(
            rule.name + " (" + (rule.required ? "required" : "optional") +
            (rule.type ? ", " + typed(*rule.type) : "") + ")"
        );
    return listed(words, "none required");
}

std::string payloads(const pmode::PMode& mode)
{
    std::vector<std::string> words;
    for (const auto& rule : mode.payload_profile)
        words.push_back(
            rule.content_id + " (" + (rule.required ? "required" : "optional") +
            (rule.mime_type.empty() ? "" : ", " + rule.mime_type) +
            (rule.max_size > 0 ? ", up to " + base::size_text(rule.max_size) : "") + ")"
        );
    return listed(words, "any") + "; at most " + std::to_string(mode.limits.parts) +
           (mode.max_payload_total > 0 ? ", together " + base::size_text(mode.max_payload_total)
                                       : "") +
           "; sent " + (mode.compress ? "as gzip" : "uncompressed");
}

std::string forms(const std::vector<wss::TokenReference>& references)
{
    std::vector<std::string> words;
    for (const auto form : references)
        for (const auto& [name, value] : token_forms)
            if (value == form) words.push_back(name);
    return listed(words, "nothing");
}

std::string timestamps(const pmode::TimestampTerms& terms)
{
    return std::string(terms.required ? "required in messages from the peer" : "not required") +
           ", " + (terms.sent ? "sent, valid for " + base::to_text(terms.lifetime) : "none sent") +
           "; clocks may differ by " + base::to_text(terms.skew);
}

std::string receipts(const pmode::PMode& mode)
{
    if (mode.receipt_reply == pmode::ReplyPattern::response) return "in the HTTP response";
    return "in requests of their own, awaited for " + base::to_text(mode.receipt_timeout);
}

std::string retried(const pmode::Retry& retry)
{
    const auto first = base::to_text(retry.first);
    auto text = retry.backoff == pmode::Backoff::constant
                    ? "every " + first
                    : "after " + first + ", doubling up to " + base::to_text(retry.longest);
    const auto percent = std::lround(retry.jitter * 100);
    if (percent > 0) text += ", each wait up to " + std::to_string(percent) + " % shorter";
    text += ", given up after " + base::to_text(retry.time_to_live);
    const auto attempts = std::to_string(pmode::attempts_of(retry));
    return text + (retry.attempts > 0 ? " or " : ", which is about ") + attempts + " attempts";
}

} // namespace

std::string describe(const pmode::PMode& mode)
{
    const auto& algorithms = mode.algorithms;
    const bool old = algorithms.key_transport.size() > wss::Algorithms().key_transport.size();
    const auto type = mode.service_type ? typed(*mode.service_type) : "any type";
    return "  agreed, by P-Mode " + mode.id + ":\n" + line("agreement", agreement(mode.agreement)) +
           line(
               "parties",
               "theirs " + typed(mode.party_type) + ", ours " + typed(mode.own_party_type) +
                   (mode.accept_untyped_party_ids ? "; ids without a type are accepted as these"
                                                  : "")
           ) +
           line("roles", mode.initiator_role + ", " + mode.responder_role) +
           line("services", listed(mode.services, "any") + " (" + type + ")") +
           line("actions", listed(mode.actions, "any")) + line("MPC", mode.mpc) +
           line("properties", properties(mode)) + line("payloads", payloads(mode)) +
           line(
               "signature", algorithms.signature.front() + ", " + algorithms.digest.front() +
                                ", by " + forms(algorithms.signature_token)
           ) +
           line(
               "encryption", mode.must_encrypt ? algorithms.content.front() + ", " +
                                                     algorithms.key_transport.front().uri +
                                                     ", by " + forms(algorithms.encryption_token)
                                               : "none sent, none required"
           ) +
           line(
               "keys", std::to_string(mode.minimum_strength) + " bits or more" +
                           (old ? ", key transport with SHA-1 taken" : "")
           ) +
           line("signed wsu:Timestamp", timestamps(mode.timestamp)) +
           line("receipts", receipts(mode)) + line("retried", retried(mode.retry));
}

} // namespace kurird
