// SPDX-License-Identifier: Apache-2.0
// A [[pmode]] table: the values of its preset, and on top of them its own. A parameter of ebMS that
// has one value in one-way push of eDelivery AS4 1.15 has a key all the same, which takes no other.
#include "kurird/config_pmode.hpp"

#include <algorithm>

namespace kurird {

const std::vector<std::pair<std::string, wss::TokenReference>> token_forms = {
    {"bst_x509v3", wss::TokenReference::bst_x509v3},
    {"bst_pkipath", wss::TokenReference::bst_pkipath},
    {"subject_key_identifier", wss::TokenReference::subject_key_identifier},
    {"issuer_serial", wss::TokenReference::issuer_serial}
};

void make_room_for(std::size_t parts, Config& config)
{
    auto& allowed = config.msh.unpack.mime.parts;
    allowed = std::max(allowed, parts + 1);
}

namespace {

const std::string core = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/";
const std::string older = "http://www.oasis-open.org/committees/ebxml-msg/"; // [AS4 2.1.3.1]

// [ED115 1.4.4] values that the common profile fixes.
void read_fixed(Section& section)
{
    section.read_fixed_text(
        "mep", {core + "oneWay", older + "one-way"}, "only one-way messages are exchanged"
    );
    section.read_fixed_text(
        "mep_binding", {core + "push", older + "push"},
        "messages are pushed; pull and two-way exchanges are not done"
    );
    section.read_fixed_text("soap_version", {"1.2"}, "eDelivery AS4 has no other [ED115 1.4.2]");
    section.read_fixed_text("wss_version", {"1.1.1"}, "eDelivery AS4 has no other");
    section.read_fixed("sign", true, "nothing unsigned is sent or believed");
    section.read_fixed("send_receipt", true, "the receipt is the evidence of each message");
    section.read_fixed(
        "non_repudiation", true, "the receipt of a signed message has its digests [AS4 5.1.8]"
    );
    section.read_fixed("report_as_response", true, "errors go into the HTTP response");
    // [TA11] SenderErrorsTo is not set.
    for (const char* key : {"sender_errors_to", "receiver_errors_to"})
        section.read_fixed_text(
            key, {""}, "eDelivery AS4 does not use it: errors go into the HTTP response"
        );
    for (const char* key :
         {"process_error_notify_producer", "delivery_failures_notify_producer",
          "missing_receipt_notify_producer"})
        section.read_fixed(key, true, "the producer always sees what became of its message");
    section.read_fixed("duplicate_detection", true, "a repeated message is never delivered again");
}

void read_agreement(Section& section, PModeTable& table)
{
    table.agreement = table.mode.agreement.value_or(ebms::AgreementRef{});
    section.read("agreement", table.agreement.value);
    section.read("agreement_type", table.agreement.type);
    section.read("agreement_pmode", table.agreement.pmode);
    table.mode.agreement.reset();
    if (!table.agreement.value.empty()) table.mode.agreement = table.agreement;
}

void read_business(Section& section, pmode::PMode& mode)
{
    section.read("party_type", mode.party_type);
    mode.own_party_type = mode.party_type;
    section.read("own_party_type", mode.own_party_type);
    section.read("accept_untyped_party_ids", mode.accept_untyped_party_ids);
    section.read("initiator_role", mode.initiator_role);
    section.read("responder_role", mode.responder_role);
    section.read("services", mode.services);
    section.read("service_type", mode.service_type);
    section.read("actions", mode.actions);
    section.read("mpc", mode.mpc);
    section.read("four_corner", mode.four_corner);
    section.read("participant_scheme", mode.participant_scheme);
    section.read_tables("properties", [&](Section& table) {
        pmode::PropertyRule rule;
        table.required("name").read("name", rule.name);
        table.read("type", rule.type);
        table.read("required", rule.required);
        mode.properties.push_back(std::move(rule));
    });
}

void read_payloads(Section& section, pmode::PMode& mode)
{
    section.read_tables("payload_profile", [&](Section& table) {
        pmode::PayloadRule rule;
        table.required("content_id").read("content_id", rule.content_id);
        table.read("mime_type", rule.mime_type);
        table.read_bound("max_size", rule.max_size);
        table.read("required", rule.required);
        mode.payload_profile.push_back(std::move(rule));
    });
    section.read_bound("max_payload_total", mode.max_payload_total);
    section.read_count("max_parts", mode.limits.parts, 10000);
    section.read("payload_content_id", mode.payload_content_id);
    section.read("payload_mime_type", mode.payload_mime_type);
    section.read_choice<bool>(
        "compression", mode.compress, {{"application/gzip", true}, {"none", false}}
    );
}

void read_security(Section& section, pmode::PMode& mode)
{
    const wss::Algorithms implemented; // one of each, in eDelivery AS4 1.15
    auto& algorithms = mode.algorithms;
    section.read("encrypt", mode.must_encrypt);
    section.read_one("hash_function", algorithms.digest, implemented.digest);
    section.read_one("signature_algorithm", algorithms.signature, implemented.signature);
    section.read_one("encryption_algorithm", algorithms.content, implemented.content);
    section.read_choices("signature_token", algorithms.signature_token, token_forms);
    section.read_choices("encryption_token", algorithms.encryption_token, token_forms);
    bool old = false;
    section.read("accept_old_key_transport", old);
    if (old)
        for (auto& transport : pmode::old_key_transports())
            algorithms.key_transport.push_back(std::move(transport));
    section.read_count("minimum_strength", mode.minimum_strength, 16384);
    section.read("require_timestamp", mode.timestamp.required);
    section.read("send_timestamp", mode.timestamp.sent);
    section.read("timestamp_lifetime", mode.timestamp.lifetime);
}

void read_reliability(Section& section, pmode::PMode& mode)
{
    section.read_choice<pmode::ReplyPattern>(
        "receipt_reply", mode.receipt_reply,
        {{"response", pmode::ReplyPattern::response}, {"callback", pmode::ReplyPattern::callback}}
    );
    section.read("receipt_timeout", mode.receipt_timeout);
    read_retry(section, mode.retry);
}

} // namespace

void read_retry(Section& section, pmode::Retry& retry)
{
    section.read_choice<pmode::Backoff>(
        "retry", retry.backoff,
        {{"doubling", pmode::Backoff::doubling}, {"constant", pmode::Backoff::constant}}
    );
    section.read("retry_delay", retry.first);
    section.read("retry_max_delay", retry.longest);
    section.read_share("retry_jitter", retry.jitter);
    section.read_bound("retry_max_attempts", retry.attempts, 100'000);
    section.read("time_to_live", retry.time_to_live);
}

void read_pmode(Section section, Config& config)
{
    std::string id;
    PModeTable table;
    section.required("id").read("id", id);
    section.read("based_on", table.based_on);
    auto base = pmode::preset(table.based_on);
    if (!base) base = pmode::preset(PModeTable().based_on); // told when it is loaded
    table.mode = std::move(*base);
    table.mode.id = id;
    table.mode.retry = config.retry;
    table.mode.limits = config.payload;
    table.mode.timestamp.skew = config.clock_skew;
    read_agreement(section, table);
    read_business(section, table.mode);
    read_payloads(section, table.mode);
    make_room_for(table.mode.limits.parts, config);
    read_security(section, table.mode);
    read_reliability(section, table.mode);
    read_fixed(section);
    config.lines["[[pmode]] " + id] = section.line();
    config.pmodes.push_back(std::move(table));
}

} // namespace kurird
