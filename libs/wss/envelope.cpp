// SPDX-License-Identifier: Apache-2.0
// Finds Messaging, Security and Body, only in the places that SOAP 1.2 and the profile prescribe.
#include "wss/envelope.hpp"

#include "wss/uris.hpp"

namespace wss {

namespace {

constexpr xml::Name envelope_name{uri::soap12, "Envelope"};
constexpr xml::Name header_name{uri::soap12, "Header"};
constexpr xml::Name body_name{uri::soap12, "Body"};
constexpr xml::Name messaging_name{uri::eb, "Messaging"};
constexpr xml::Name security_name{uri::wsse, "Security"};

std::string trimmed(const std::optional<std::string>& value)
{
    return std::string(base::trim(value.value_or("")));
}

bool must_understand(xml::Node block)
{
    const std::string value = trimmed(block.attribute({uri::soap12, "mustUnderstand"}));
    return value == "true" || value == "1";
}

// [SOAP 1.2 Part 1, 2.2] Returns whether a block is for the ultimate receiver, which is our role.
bool targeted_at_us(xml::Node block)
{
    const std::string role = trimmed(block.attribute({uri::soap12, "role"}));
    return role.empty() ||
           role == "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver" ||
           role == "http://www.w3.org/2003/05/soap-envelope/role/next";
}

} // namespace

base::Result<Envelope> locate(const xml::Document& document)
{
    const xml::Node root = document.root();
    if (!root.is(envelope_name)) return base::Error(errc::bad_envelope, "root");
    const std::vector<xml::Node> parts = root.children();
    if (parts.size() != 2 || !parts[0].is(header_name) || !parts[1].is(body_name))
        return base::Error(errc::bad_envelope, "Header and Body");

    std::optional<xml::Node> messaging;
    std::optional<xml::Node> security;
    for (const xml::Node block : parts[0].children()) {
        if (block.is(messaging_name)) {
            if (messaging) return base::Error(errc::bad_envelope, "a second eb:Messaging");
            messaging = block;
        } else if (block.is(security_name)) {
            // [AS4 5.1.1] There may be one wsse:Security, for us. Signature wrapping attacks add a
            // second wsse:Security, for any role.
            if (security || !targeted_at_us(block))
                return base::Error(
                    errc::bad_envelope, "wsse:Security repeated or for another role"
                );
            security = block;
        } else if (must_understand(block) && targeted_at_us(block)) {
            return base::Error(
                errc::not_understood, std::string(block.local_name().substr(0, 100))
            );
        }
    }
    if (!messaging) return base::Error(errc::bad_envelope, "no eb:Messaging");
    return Envelope{*messaging, parts[1], security};
}

} // namespace wss
