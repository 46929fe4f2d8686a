// SPDX-License-Identifier: Apache-2.0
// Compares a message with its P-Mode [ED115 1.4.4.1]. The values that select the P-Mode are
// compared before the values that the P-Mode demands. The order distinguishes a stranger's message
// from a partner's mistake.
#include "pmode/parameters.hpp"

#include "ebms/structure.hpp"
#include "mime/content_type.hpp"
#include "wss/security_header.hpp"

#include <algorithm>
#include <utility>

namespace pmode {
namespace {

// The attribute @pmode of an AgreementRef is optional on both sides [ED115 1.4.4.1]. Compare @pmode
// only if both sides have it.
bool agrees(
    const std::optional<ebms::AgreementRef>& ours, const std::optional<ebms::AgreementRef>& theirs
)
{
    if (!ours) return true;
    if (!theirs || theirs->value != ours->value || theirs->type != ours->type) return false;
    return ours->pmode.empty() || theirs->pmode.empty() || ours->pmode == theirs->pmode;
}

// Returns the name of the first value that differs from the P-Mode, of those that select a P-Mode;
// nullptr if none differs.
const char* difference(const ebms::UserMessage& message, const PMode& mode)
{
    if (message.from.role != mode.initiator_role) return "From/Role";
    if (message.to.role != mode.responder_role) return "To/Role";
    if (!agrees(mode.agreement, message.agreement)) return "AgreementRef";
    if (!message.mpc.empty() && message.mpc != mode.mpc) return "@mpc";
    if (!mode.covers(message.service.value, message.action)) return "Service or Action";
    // [ED115 1.4.4.3] The test service is the same under every P-Mode, so the service type of the
    // P-Mode does not apply.
    if (mode.service_type && !is_test(message) && message.service.type != *mode.service_type)
        return "type of Service";
    return nullptr;
}

bool unnamed(const std::string& value, const std::string& type)
{
    return type.empty() && !ebms::is_uri(value);
}

// [EBMS 5.2.2.7] [EBMS 5.2.2.8] A Service or AgreementRef without type must be a URI.
base::Result<> check_uris(const ebms::UserMessage& message)
{
    if (unnamed(message.service.value, message.service.type))
        return base::Error(errc::inconsistent, "Service without type is no URI");
    if (message.agreement && unnamed(message.agreement->value, message.agreement->type))
        return base::Error(errc::inconsistent, "AgreementRef without type is no URI");
    return {};
}

base::Result<> check_property(const ebms::UserMessage& message, const PropertyRule& rule)
{
    const auto found = std::find_if(
        message.properties.begin(), message.properties.end(),
        [&](const ebms::Property& property) { return property.name == rule.name; }
    );
    if (found == message.properties.end()) {
        if (!rule.required) return {};
        return base::Error(errc::inconsistent, "property " + rule.name + " is missing");
    }
    if (rule.type && found->type != *rule.type)
        return base::Error(errc::inconsistent, "type of property " + rule.name);
    return {};
}

base::Result<> check_properties(const ebms::UserMessage& message, const PMode& mode)
{
    for (const auto& rule : mode.properties)
        if (auto checked = check_property(message, rule); !checked) return checked;
    if (!mode.four_corner) return {};
    // [ED115 1.5.2] [4CT_TA01] The four-corner profile requires both participants.
    for (const char* name : {"originalSender", "finalRecipient"})
        if (auto checked = check_property(message, {name, std::nullopt, true}); !checked)
            return checked;
    return {};
}

const PayloadRule* rule_of(std::string_view content_id, const PMode& mode)
{
    const auto& profile = mode.payload_profile;
    const auto found = std::find_if(profile.begin(), profile.end(), [&](const PayloadRule& rule) {
        return rule.content_id == content_id;
    });
    return found == profile.end() ? nullptr : &*found;
}

base::Result<> check_payloads(const ebms::UserMessage& message, const PMode& mode)
{
    if (mode.payload_profile.empty()) return {};
    std::vector<std::string> there;
    for (const auto& part : message.parts) {
        there.push_back(wss::content_id_of(part.href).value_or(""));
        const auto* rule = rule_of(there.back(), mode);
        if (rule == nullptr)
            return base::Error(errc::inconsistent, "part " + there.back().substr(0, 200));
        // Without MimeType there is nothing to compare: the part's own type is not known here.
        const auto type = part.property("MimeType");
        if (!rule->mime_type.empty() && !type.empty() && !is_media_type(type, rule->mime_type))
            return base::Error(errc::inconsistent, "MimeType of part " + rule->content_id);
    }
    for (const auto& rule : mode.payload_profile) {
        const bool missing = std::find(there.begin(), there.end(), rule.content_id) == there.end();
        if (rule.required && missing)
            return base::Error(errc::inconsistent, "part " + rule.content_id + " is missing");
    }
    return {};
}

} // namespace

base::Result<> check_party_ids(const ebms::UserMessage& message)
{
    for (const auto& [name, id] : {std::pair("From", &message.from.id), {"To", &message.to.id}})
        if (unnamed(id->value, id->type))
            return base::Error(
                errc::untyped_party, std::string(name) + "/PartyId " + id->value.substr(0, 100) +
                                         "; accept_untyped_party_ids in the [[pmode]] accepts it"
            );
    return {};
}

bool is_test(const ebms::UserMessage& message)
{
    return message.service.value == ebms::test_service && message.action == ebms::test_action;
}

bool is_media_type(std::string_view given, std::string_view agreed)
{
    const auto left = mime::parse_content_type(given);
    const auto right = mime::parse_content_type(agreed);
    if (!left || !right || left->type != right->type) return false;
    return std::ranges::all_of(right->parameters, [&](const auto& parameter) {
        const auto value = left->parameter(parameter.first);
        return value && base::iequals(*value, parameter.second);
    });
}

bool PMode::covers(std::string_view service, std::string_view action) const
{
    if (service == ebms::test_service && action == ebms::test_action) return true;
    const auto lists = [](const std::vector<std::string>& agreed, std::string_view value) {
        return agreed.empty() || std::find(agreed.begin(), agreed.end(), value) != agreed.end();
    };
    return lists(services, service) && lists(actions, action);
}

PayloadLimits PMode::limits_of(std::string_view content_id, std::uint64_t taken) const
{
    auto result = limits;
    const auto* rule = rule_of(content_id, *this);
    if (rule != nullptr && rule->max_size > 0)
        result.inflated = std::min(result.inflated, rule->max_size);
    if (max_payload_total > 0)
        result.inflated =
            std::min(result.inflated, max_payload_total - std::min(taken, max_payload_total));
    return result;
}

base::Result<> conforms(const ebms::UserMessage& message, const PMode& mode)
{
    if (const char* what = difference(message, mode)) return base::Error(errc::no_match, what);
    if (!mode.accept_untyped_party_ids)
        if (auto typed = check_party_ids(message); !typed) return typed;
    if (auto checked = check_uris(message); !checked) return checked;
    // [ED115 1.4.4.3] [TA17] A test message is not delivered, so its properties and payloads are
    // not prescribed.
    if (is_test(message)) return {};
    if (auto checked = check_properties(message, mode); !checked) return checked;
    return check_payloads(message, mode);
}

} // namespace pmode
