// SPDX-License-Identifier: Apache-2.0
// The digest of a description puts the length before each value, so that two different descriptions
// never give the same text. Also the rule for Content-IDs.
#include "msh/description.hpp"

#include "crypto/digest.hpp"

#include <algorithm>

namespace msh {

namespace {

constexpr std::size_t max_content_id_length = 255;

class Digester {
public:
    void put(std::string_view value)
    {
        sha256_.update(std::to_string(value.size()) + ":");
        sha256_.update(value);
    }
    void put(const std::vector<ebms::Property>& properties)
    {
        put(std::to_string(properties.size()));
        for (const auto& property : properties) {
            put(property.name);
            put(property.value);
            put(property.type);
        }
    }
    void put(const DescribedPayload& payload)
    {
        put(payload.part);
        put(payload.content_id);
        put(payload.mime_type);
        put(payload.character_set);
        put(!payload.compress ? "" : *payload.compress ? "yes" : "no");
        put(payload.properties);
    }
    base::Bytes finish() { return sha256_.finish(); }

private:
    crypto::Sha256 sha256_;
};

} // namespace

bool is_content_id(std::string_view text)
{
    return !text.empty() && text.size() <= max_content_id_length &&
           std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '.' || c == '_' || c == '-' || c == '@' || c == '=' || c == '+';
           });
}

base::Bytes digest(const Description& description)
{
    Digester digester;
    for (const auto* participant : {&description.original_sender, &description.final_recipient}) {
        digester.put(participant->id);
        digester.put(participant->scheme);
    }
    for (const auto* value :
         {&description.peer, &description.service.value, &description.service.type,
          &description.action, &description.conversation_id, &description.ref_to_message_id,
          &description.message_id})
        digester.put(*value);
    digester.put(description.properties);
    for (const auto& payload : description.payloads.value_or(std::vector<DescribedPayload>()))
        digester.put(payload);
    return digester.finish();
}

} // namespace msh
