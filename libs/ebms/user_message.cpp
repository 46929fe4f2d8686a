// SPDX-License-Identifier: Apache-2.0
// Reads and writes eb:UserMessage [ebMS 3.0 Core 5.2.2].
#include "ebms/structure.hpp"

#include <algorithm>

namespace ebms {
namespace {

std::string value_of(const std::vector<Property>& properties, std::string_view name)
{
    const auto found =
        std::find_if(properties.begin(), properties.end(), [&](const Property& property) {
            return property.name == name;
        });
    return found == properties.end() ? std::string() : found->value;
}

// A value and its attribute @type; type "" = absent.
struct TypedValue {
    std::string value;
    std::string type;
};

base::Result<TypedValue> read_typed(xml::Node node)
{
    const base::Result<std::string> value = token(node, max_id_length);
    if (!value) return value.error();
    const base::Result<std::string> type = token_attribute(node, "type", max_id_length);
    if (!type) return type.error();
    return TypedValue{*value, *type};
}

// [EBMS 5.2.2.7] [EBMS 5.2.2.8] Without @type the value must be a URI.
base::Result<TypedValue> read_typed_or_uri(xml::Node node)
{
    auto read = read_typed(node);
    if (read && read->type.empty() && !is_uri(read->value))
        return base::Error(
            errc::inconsistent, std::string(node.local_name()) + " without @type is no URI"
        );
    return read;
}

base::Result<Party> read_party(Sequence& sequence, std::string_view name)
{
    const base::Result<xml::Node> node = sequence.need(name);
    if (!node) return node.error();
    Sequence inner(*node);
    const base::Result<xml::Node> id_node = inner.need("PartyId");
    if (!id_node) return id_node.error();
    const base::Result<TypedValue> id = read_typed(*id_node);
    if (!id) return id.error();
    if (inner.take("PartyId"))
        return base::Error(errc::inconsistent, std::string(name) + " has two PartyId"); // [TA03]
    const base::Result<xml::Node> role_node = inner.need("Role");
    if (!role_node) return role_node.error();
    const base::Result<std::string> role = token(*role_node, max_id_length);
    if (!role) return role.error();
    if (const base::Result<> end = inner.end(); !end) return end.error();
    return Party{{id->value, id->type}, *role};
}

base::Result<> read_parties(Sequence& sequence, UserMessage& message)
{
    const base::Result<xml::Node> node = sequence.need("PartyInfo");
    if (!node) return node.error();
    Sequence inner(*node);
    base::Result<Party> from = read_party(inner, "From");
    if (!from) return from.error();
    base::Result<Party> to = read_party(inner, "To");
    if (!to) return to.error();
    message.from = std::move(*from);
    message.to = std::move(*to);
    return inner.end();
}

base::Result<AgreementRef> read_agreement(xml::Node node)
{
    const base::Result<TypedValue> agreement = read_typed_or_uri(node);
    if (!agreement) return agreement.error();
    const base::Result<std::string> pmode = token_attribute(node, "pmode", max_id_length);
    if (!pmode) return pmode.error();
    return AgreementRef{agreement->value, agreement->type, *pmode};
}

base::Result<> read_collaboration(Sequence& sequence, UserMessage& message)
{
    const base::Result<xml::Node> node = sequence.need("CollaborationInfo");
    if (!node) return node.error();
    Sequence inner(*node);
    if (const std::optional<xml::Node> agreement_node = inner.take("AgreementRef")) {
        base::Result<AgreementRef> agreement = read_agreement(*agreement_node);
        if (!agreement) return agreement.error();
        message.agreement = std::move(*agreement);
    }
    const base::Result<xml::Node> service_node = inner.need("Service");
    if (!service_node) return service_node.error();
    const base::Result<TypedValue> service = read_typed_or_uri(*service_node);
    if (!service) return service.error();
    message.service = {service->value, service->type};

    const base::Result<xml::Node> action_node = inner.need("Action");
    if (!action_node) return action_node.error();
    const base::Result<std::string> action = token(*action_node, max_id_length);
    if (!action) return action.error();
    message.action = *action;

    const base::Result<xml::Node> conversation_node = inner.need("ConversationId");
    if (!conversation_node) return conversation_node.error();
    // xs:token allows an empty value, and ENTSOG requires one.
    const base::Result<std::string> conversation =
        token(*conversation_node, max_id_length, Empty::allowed);
    if (!conversation) return conversation.error();
    message.conversation_id = *conversation;
    return inner.end();
}

base::Result<Property> read_property(xml::Node node)
{
    const base::Result<std::string> name = token_attribute(node, "name", max_id_length);
    if (!name) return name.error();
    if (name->empty()) return base::Error(errc::invalid_header, "Property without name");
    // [TA20][TA44] The type is optional.
    const base::Result<std::string> type = token_attribute(node, "type", max_id_length);
    if (!type) return type.error();
    const std::optional<std::string> text = node.text();
    // Do not collapse white space inside the value, because its type is xs:string.
    const std::string_view value = base::trim(text ? std::string_view(*text) : std::string_view());
    if (value.empty() || value.size() > max_value_length)
        return base::Error(errc::invalid_header, "value of Property " + name->substr(0, 64));
    return Property{*name, std::string(value), *type};
}

base::Result<std::vector<Property>> read_properties(xml::Node node)
{
    std::vector<Property> properties;
    Sequence inner(node);
    while (const std::optional<xml::Node> child = inner.take("Property")) {
        base::Result<Property> property = read_property(*child);
        if (!property) return property.error();
        // Refuse a repeated name, because two readers could choose different values.
        const auto same = [&](const Property& other) { return other.name == property->name; };
        if (std::any_of(properties.begin(), properties.end(), same))
            return base::Error(
                errc::inconsistent, "Property " + property->name.substr(0, 64) + " twice"
            );
        if (properties.size() == max_properties)
            return base::Error(errc::invalid_header, "too many Property");
        properties.push_back(std::move(*property));
    }
    if (properties.empty())
        return base::Error(
            errc::invalid_header, std::string(node.local_name()) + " without Property"
        );
    if (const base::Result<> end = inner.end(); !end) return end.error();
    return properties;
}

base::Result<PartInfo> read_part(xml::Node node)
{
    const base::Result<std::string> href =
        token_attribute(node, "href", max_id_length, Empty::allowed);
    if (!href) return href.error();
    PartInfo part{*href, {}};
    Sequence inner(node);
    inner.take("Schema");
    // The schema requires @xml:lang here, but a Description without it is accepted.
    inner.take("Description");
    if (const std::optional<xml::Node> properties_node = inner.take("PartProperties")) {
        base::Result<std::vector<Property>> properties = read_properties(*properties_node);
        if (!properties) return properties.error();
        part.properties = std::move(*properties);
    }
    if (const base::Result<> end = inner.end(); !end) return end.error();
    return part;
}

base::Result<std::vector<PartInfo>> read_payload_info(xml::Node node)
{
    std::vector<PartInfo> parts;
    Sequence inner(node);
    while (const std::optional<xml::Node> child = inner.take("PartInfo")) {
        base::Result<PartInfo> part = read_part(*child);
        if (!part) return part.error();
        const auto same = [&](const PartInfo& other) { return other.href == part->href; };
        if (std::any_of(parts.begin(), parts.end(), same))
            return base::Error(
                errc::inconsistent, "PartInfo " + part->href.substr(0, 64) + " twice"
            );
        if (parts.size() == max_parts)
            return base::Error(errc::invalid_header, "too many PartInfo");
        parts.push_back(std::move(*part));
    }
    if (parts.empty()) return base::Error(errc::invalid_header, "PayloadInfo without PartInfo");
    if (const base::Result<> end = inner.end(); !end) return end.error();
    return parts;
}

std::string property_text(const Property& property)
{
    return element(
        "Property", attribute_text("name", property.name) + attribute_text("type", property.type),
        property.value
    );
}

std::string properties_text(const char* name, const std::vector<Property>& properties)
{
    if (properties.empty()) return {};
    std::string text = std::string("<eb:") + name + ">";
    for (const Property& property : properties)
        text += property_text(property);
    return text + "</eb:" + name + ">";
}

std::string party_text(const char* name, const Party& party)
{
    return std::string("<eb:") + name + ">" +
           element("PartyId", attribute_text("type", party.id.type), party.id.value) +
           element("Role", "", party.role) + "</eb:" + name + ">";
}

std::string collaboration_text(const UserMessage& message)
{
    std::string text = "<eb:CollaborationInfo>";
    if (message.agreement)
        text += element(
            "AgreementRef",
            attribute_text("pmode", message.agreement->pmode) +
                attribute_text("type", message.agreement->type),
            message.agreement->value
        );
    text += element("Service", attribute_text("type", message.service.type), message.service.value);
    text += element("Action", "", message.action);
    text += element("ConversationId", "", message.conversation_id);
    return text + "</eb:CollaborationInfo>";
}

std::string payload_text(const std::vector<PartInfo>& parts)
{
    if (parts.empty()) return {};
    std::string text = "<eb:PayloadInfo>";
    for (const PartInfo& part : parts)
        text += "<eb:PartInfo" + attribute_text("href", part.href) + ">" +
                properties_text("PartProperties", part.properties) + "</eb:PartInfo>";
    return text + "</eb:PayloadInfo>";
}

} // namespace

std::string PartInfo::property(std::string_view name) const
{
    return value_of(properties, name);
}

std::string UserMessage::property(std::string_view name) const
{
    return value_of(properties, name);
}

base::Result<UserMessage> read_user_message(xml::Node node)
{
    UserMessage message;
    const base::Result<std::string> mpc =
        token_attribute(node, "mpc", max_id_length, Empty::allowed);
    if (!mpc) return mpc.error();
    message.mpc = *mpc;
    Sequence sequence(node);
    base::Result<MessageInfo> info = read_message_info(sequence);
    if (!info) return info.error();
    message.info = std::move(*info);
    if (const base::Result<> read = read_parties(sequence, message); !read) return read.error();
    if (const base::Result<> read = read_collaboration(sequence, message); !read)
        return read.error();
    if (const std::optional<xml::Node> properties_node = sequence.take("MessageProperties")) {
        base::Result<std::vector<Property>> properties = read_properties(*properties_node);
        if (!properties) return properties.error();
        message.properties = std::move(*properties);
    }
    if (const std::optional<xml::Node> payload_node = sequence.take("PayloadInfo")) {
        base::Result<std::vector<PartInfo>> parts = read_payload_info(*payload_node);
        if (!parts) return parts.error();
        message.parts = std::move(*parts);
    }
    if (const base::Result<> end = sequence.end(); !end) return end.error();
    return message;
}

base::Bytes write(const UserMessage& message, std::string_view id)
{
    std::string text =
        "<eb:UserMessage" + attribute_text("mpc", message.mpc) + ">" + message_info(message.info);
    text += "<eb:PartyInfo>" + party_text("From", message.from) + party_text("To", message.to) +
            "</eb:PartyInfo>";
    text += collaboration_text(message);
    text += properties_text("MessageProperties", message.properties);
    text += payload_text(message.parts);
    return messaging(id, text + "</eb:UserMessage>");
}

} // namespace ebms
