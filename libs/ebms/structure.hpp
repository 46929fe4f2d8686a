// SPDX-License-Identifier: Apache-2.0
// Helpers to read and write eb: elements: child elements in the schema's order, and values within
// limits. Private to libs/ebms; used for UserMessage and for signals.
#pragma once

#include "ebms/message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ebms {

inline constexpr std::string_view eb_ns =
    "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/";
inline constexpr std::string_view ebbp_ns = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0";
inline constexpr std::string_view soap_ns = "http://www.w3.org/2003/05/soap-envelope";
inline constexpr std::string_view wsu_ns =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
inline constexpr std::string_view ds_ns = "http://www.w3.org/2000/09/xmldsig#";

// Kurir's own limits, in octets or elements. They bound the values of peers in the store and the
// log.
inline constexpr std::size_t max_id_length = 1024;
inline constexpr std::size_t max_value_length = 8 * 1024;
inline constexpr std::size_t max_properties = 100;
inline constexpr std::size_t max_parts = 200;
inline constexpr std::size_t max_errors = 100;
inline constexpr std::size_t max_references = 300;
inline constexpr std::size_t max_unused = 20;

inline xml::Name eb(std::string_view local)
{
    return {eb_ns, local};
}

// Takes the child elements of `parent` in document order.
class Sequence {
public:
    explicit Sequence(xml::Node parent) : parent_(parent), children_(parent.children()) {}
    // Takes the next child if it is eb:local. Otherwise returns nothing and takes no child.
    std::optional<xml::Node> take(std::string_view local);
    // Takes the next child. errc::invalid_header if the child is not eb:local.
    base::Result<xml::Node> need(std::string_view local);
    // errc::invalid_header if there are more children.
    base::Result<> end() const;
    // errc::invalid_header if any of the remaining children is in the eb: namespace or in none.
    base::Result<> end_with_foreign() const;

private:
    base::Error unexpected(std::string_view wanted) const;
    xml::Node parent_;
    std::vector<xml::Node> children_;
    std::size_t next_ = 0;
};

enum class Empty { refused, allowed };
// Returns the text of an element as xs:token, that is, with white space collapsed.
// errc::invalid_header if there are elements inside, if the value has more than `longest` octets,
// or if the value is empty and `empty` is Empty::refused.
base::Result<std::string>
token(xml::Node element, std::size_t longest, Empty empty = Empty::refused);
// Does the same for an attribute. Returns "" if the attribute is absent.
base::Result<std::string> token_attribute(
    xml::Node element, std::string_view name, std::size_t longest, Empty empty = Empty::refused
);
// Removes white space at both ends and replaces each other run of white space with one space.
std::string collapse(std::string_view text);
// Shortens UTF-8 text to at most `longest` octets, without a partial character at the end.
std::string cut(std::string text, std::size_t longest);

// RFC 3986: tells whether the text has a scheme, a colon and at least one character behind the
// colon.
bool is_uri(std::string_view text);
// Accepts printable ASCII without spaces and angle brackets, 1 to 1024 octets.
bool is_message_id(std::string_view text);

// Tells why a header cannot carry this text without a change, as the end of a sentence ("has a
// control character"). Returns "" if there is no obstacle. The text must be an xs:token: white
// space only as single spaces inside. It must have 1 to max_id_length octets of UTF-8.
std::string_view obstacle_in(std::string_view text);

base::Result<MessageInfo> read_message_info(Sequence& sequence);
base::Result<UserMessage> read_user_message(xml::Node node);
// Reads eb:MessageInfo of a signal. Never fails: unusable values stay empty.
MessageInfo read_signal_info(xml::Node signal);

// The functions below write exclusive canonical form, valid inside eb:Messaging.

// Returns "" if the value is empty.
std::string attribute_text(std::string_view name, std::string_view value);
std::string element(std::string_view name, std::string_view attributes, std::string_view value);
std::string message_info(const MessageInfo& info);
base::Bytes messaging(std::string_view id, std::string_view content);

} // namespace ebms
