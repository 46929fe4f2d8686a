// SPDX-License-Identifier: Apache-2.0
// [[pmode]] tables: what contradicts itself or the limits of this access point.
#include "kurird/load_pmodes.hpp"

#include "as4/pack.hpp"
#include "ebms/structure.hpp"
#include "mime/content_type.hpp"
#include "msh/description.hpp"

#include <algorithm>
#include <set>

namespace kurird {

namespace {

constexpr std::uint64_t min_strength = 2048; // nobody's lower key protects anything any more
constexpr base::Duration shortest_lifetime = std::chrono::minutes(2); // of a wsu:Timestamp

std::string listed(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

void check_agreement(
    const std::string& where, const ebms::AgreementRef& agreement, Findings& findings
)
{
    findings.check_optional_text(where, "agreement", agreement.value);
    findings.check_optional_text(where, "agreement_type", agreement.type);
    findings.check_optional_text(where, "agreement_pmode", agreement.pmode);
    if (agreement.value.empty()) {
        if (!agreement.type.empty() || !agreement.pmode.empty())
            findings.mistake(
                where, "agreement_type and agreement_pmode say something of agreement, "
                       "which is not set"
            );
    } else if (agreement.type.empty() && !ebms::is_uri(agreement.value)) {
        // [EBMS 5.2.2.7]
        findings.mistake(where, "agreement without agreement_type must be a URI");
    }
}

// [EBMS 5.2.2.8] what is sent with no type, or with none unless a submission brings one.
void check_services(const std::string& where, const pmode::PMode& mode, Findings& findings)
{
    for (const auto& service : mode.services) {
        if (ebms::is_uri(service)) continue;
        if (mode.service_type == "")
            findings.mistake(where, "service " + service + " without service_type is no URI");
        else if (!mode.service_type)
            findings.warnings.push_back(
                where + ": service " + service +
                " is no URI and service_type is \"*\": each submission must bring a type for it"
            );
    }
}

void check_business(const std::string& where, const pmode::PMode& mode, Findings& findings)
{
    findings.check_text(where, "initiator_role", mode.initiator_role);
    findings.check_text(where, "responder_role", mode.responder_role);
    findings.check_text(where, "mpc", mode.mpc);
    findings.check_optional_text(where, "party_type", mode.party_type);
    findings.check_optional_text(where, "own_party_type", mode.own_party_type);
    findings.check_optional_text(where, "service_type", mode.service_type.value_or(""));
    findings.check_optional_text(where, "participant_scheme", mode.participant_scheme);
    findings.check_texts(where, "services", mode.services);
    findings.check_texts(where, "actions", mode.actions);
    if (mode.accept_untyped_party_ids && mode.party_type.empty() && mode.own_party_type.empty())
        findings.warnings.push_back(
            where + ": accept_untyped_party_ids changes nothing: no party_type is agreed"
        );
    std::set<std::string> names;
    for (const auto& rule : mode.properties) {
        findings.check_text(where, "properties: name", rule.name);
        findings.check_optional_text(
            where, "properties: type of " + rule.name, rule.type.value_or("")
        );
        if (!names.insert(rule.name).second)
            findings.mistake(where, "properties: " + rule.name + " is there twice");
    }
}

// What a document submitted as XHE lacks, or is against: "" if it can be sent.
std::string against_documents(const pmode::PMode& mode)
{
    const auto& ours = mode.payload_content_id;
    const auto& profile = mode.payload_profile;
    if (!profile.empty() &&
        std::ranges::find(profile, ours, &pmode::PayloadRule::content_id) == profile.end())
        return "payload_profile has no part " + ours + " (payload_content_id)";
    for (const auto& rule : profile) {
        if (rule.required && rule.content_id != ours)
            return "payload_profile requires the part " + rule.content_id + " too";
        const bool typed = rule.content_id == ours && !rule.mime_type.empty();
        if (typed && !pmode::is_media_type(mode.payload_mime_type, rule.mime_type))
            return "payload_profile has another type for " + ours + " than payload_mime_type";
    }
    for (const auto& rule : mode.properties)
        if (rule.required && rule.name != "originalSender" && rule.name != "finalRecipient")
            return "properties requires " + rule.name + ", which they do not have";
    return mode.compress ? "" : "compression is none, and they travel as gzip";
}

void check_type(
    const std::string& where, const std::string& key, const std::string& mime_type,
    Findings& findings
)
{
    if (!mime::parse_content_type(mime_type))
        findings.mistake(where, key + ": \"" + mime_type + "\" is no media type");
}

// How the one part of a document submitted as XHE is named.
void check_document(const std::string& where, const pmode::PMode& mode, Findings& findings)
{
    if (!msh::is_content_id(mode.payload_content_id))
        findings.mistake(
            where, "payload_content_id \"" + mode.payload_content_id +
                       "\": " + std::string(msh::content_id_rule)
        );
    check_type(where, "payload_mime_type", mode.payload_mime_type, findings);
    const auto obstacle = mode.four_corner ? against_documents(mode) : "";
    if (!obstacle.empty())
        findings.warnings.push_back(
            where + ": " + obstacle + ": documents submitted as XHE are refused"
        );
}

void check_payloads(const std::string& where, const pmode::PMode& mode, Findings& findings)
{
    std::set<std::string> content_ids;
    std::size_t needed = 0;
    for (const auto& rule : mode.payload_profile) {
        const auto part = "payload_profile: part " + rule.content_id;
        if (!wss::content_id_of("cid:" + rule.content_id))
            findings.mistake(
                where, "payload_profile: content_id " + rule.content_id +
                           " is empty, or has a "
                           "space or control character: no MIME part has such an id"
            );
        else if (!msh::is_content_id(rule.content_id))
            findings.warnings.push_back(
                where + ": " + part + " can be received and not be submitted: of its content_id " +
                std::string(msh::content_id_rule)
            );
        if (!rule.mime_type.empty())
            check_type(where, part + ": mime_type", rule.mime_type, findings);
        if (!content_ids.insert(rule.content_id).second)
            findings.mistake(where, part + " is there twice");
        if (rule.required) ++needed;
        if (rule.max_size > mode.limits.inflated)
            findings.mistake(
                where, part + " may be larger than receive.max_inflated_part_size, which refuses it"
            );
        if (mode.max_payload_total > 0 && rule.max_size > mode.max_payload_total)
            findings.mistake(
                where, part + " may be larger than max_payload_total, which refuses it"
            );
    }
    if (needed > mode.limits.parts)
        findings.mistake(
            where, "payload_profile needs " + std::to_string(needed) +
                       " parts, but max_parts allows " + std::to_string(mode.limits.parts)
        );
}

void check_timestamp(const std::string& where, const pmode::PMode& mode, Findings& findings)
{
    if (!mode.timestamp.sent) return;
    if (mode.timestamp.lifetime < shortest_lifetime)
        findings.mistake(
            where, "timestamp_lifetime is shorter than " + base::to_text(shortest_lifetime) +
                       ": a Timestamp may be 1m old when it is sent, and would expire on its way"
        );
    const auto forms =
        static_cast<std::size_t>(pmode::max_attempts_of(mode.retry, as4::oldest_form));
    if (forms > as4::max_forms)
        findings.mistake(
            where, "send_timestamp: a message is signed again at its attempts, at most " +
                       std::to_string(as4::max_forms) + " times, but up to " +
                       std::to_string(forms) +
                       " are needed: make retry_delay or retry_max_delay longer, or time_to_live "
                       "or retry_jitter smaller"
        );
}

void check_exchange(
    const std::string& where, const Config& config, const pmode::PMode& mode, Findings& findings
)
{
    if (mode.minimum_strength < min_strength)
        findings.mistake(
            where, "minimum_strength below " + std::to_string(min_strength) + " protects nothing"
        );
    check_retry(where, mode.retry, findings);
    check_timestamp(where, mode, findings);
    if (mode.receipt_reply != pmode::ReplyPattern::callback) return;
    if (mode.receipt_timeout >= mode.retry.time_to_live)
        findings.mistake(
            where,
            "receipt_timeout is not shorter than time_to_live: a message would expire before "
            "its receipt is missed"
        );
    const auto& listen = config.as4.listen;
    if ((listen.starts_with("127.") || listen.starts_with("[::1]")) && config.as4.proxies.empty())
        findings.warnings.push_back(
            where +
            ": receipts are to come as requests of their own (receipt_reply), but [as4] "
            "listens on " +
            listen
        );
}

} // namespace

void check_retry(const std::string& where, const pmode::Retry& retry, Findings& findings)
{
    if (retry.first > retry.longest)
        findings.mistake(where, "retry_delay is longer than retry_max_delay");
    const auto fit = pmode::attempts_of(retry);
    if (fit < retry.attempts)
        findings.warnings.push_back(
            where + ": of " + std::to_string(retry.attempts) + " retry_max_attempts only " +
            std::to_string(fit) + " fit into time_to_live, " + base::to_text(retry.time_to_live)
        );
}

PModesById load_pmodes(const Config& config, Findings& findings)
{
    PModesById modes;
    for (const auto& name : pmode::preset_names()) {
        auto& mode = modes[name] = pmode::preset(name).value();
        mode.retry = config.retry;
        mode.limits = config.payload;
        mode.timestamp.skew = config.clock_skew;
    }
    const auto presets = pmode::preset_names();
    for (const auto& table : config.pmodes) {
        const auto& mode = table.mode;
        const auto where = "[[pmode]] " + mode.id;
        const bool preset = std::ranges::find(presets, mode.id) != presets.end();
        if (mode.id.empty()) findings.mistake(where, "id is empty");
        if (preset) findings.mistake(where, "id is the name of a preset");
        if (!preset && modes.contains(mode.id)) findings.mistake(where, "is there twice");
        if (std::ranges::find(presets, table.based_on) == presets.end())
            findings.mistake(
                where, "based_on: " + table.based_on + " is no preset; there are " + listed(presets)
            );
        check_agreement(where, table.agreement, findings);
        check_business(where, mode, findings);
        check_services(where, mode, findings);
        check_payloads(where, mode, findings);
        check_document(where, mode, findings);
        check_exchange(where, config, mode, findings);
        const auto uses = [&](const PeerTable& peer) { return peer.pmode == mode.id; };
        if (std::ranges::none_of(config.peers, uses))
            findings.warnings.push_back(where + " is used by no [[peer]]");
        modes.emplace(mode.id, mode);
    }
    return modes;
}

} // namespace kurird
