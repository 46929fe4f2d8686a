// SPDX-License-Identifier: Apache-2.0
// The children of an eb: element taken in the schema's order, and their values within bounds.
// Private to ebms: what both halves (UserMessage and signals) read and write with.
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

// Bounds of ours, so that no value of a peer grows in the store and the log.
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

class Sequence {
public:
    explicit Sequence(xml::Node parent) : parent_(parent), children_(parent.children()) {}
    std::optional<xml::Node> take(std::string_view local); // the next child, if it is eb:local
    base::Result<xml::Node> need(std::string_view local);  // errc::invalid_header if it is another
    base::Result<> end() const;                            // nothing may follow
    base::Result<> end_with_foreign() const; // only elements of other namespaces may follow

private:
    base::Error unexpected(std::string_view wanted) const;
    xml::Node parent_;
    std::vector<xml::Node> children_;
    std::size_t next_ = 0;
};

// xs:token: white space collapsed. errc::invalid_header: elements inside, too long, or empty where
// that is wrong.
enum class Empty { refused, allowed };
base::Result<std::string>
token(xml::Node element, std::size_t longest, Empty empty = Empty::refused);
// "" if the attribute is absent; present and empty is refused unless the schema's type allows it.
base::Result<std::string> token_attribute(
    xml::Node element, std::string_view name, std::size_t longest, Empty empty = Empty::refused
);
std::string collapse(std::string_view text);
// At most `longest` octets of UTF-8 text, without a broken character at the end.
std::string cut(std::string text, std::size_t longest);

// RFC 3986: a scheme, a colon and something behind it.
bool is_uri(std::string_view text);
bool is_message_id(std::string_view text); // printable ASCII without spaces and angle brackets

// Why a reader would not find this text again as it was written into a header, as the end of a
// sentence ("has a control character"); "" if it would. xs:token: no white space but single spaces
// inside. At most longest_id octets of UTF-8.
std::string_view obstacle_in(std::string_view text);

base::Result<MessageInfo> read_message_info(Sequence& sequence);
base::Result<UserMessage> read_user_message(xml::Node node);
// eb:MessageInfo of a signal: nothing in it is refused, what cannot be used is left empty.
MessageInfo read_signal_info(xml::Node signal);

// Writing: everything below is exclusive canonical form inside of eb:Messaging.
std::string attribute_text(std::string_view name, std::string_view value); // "" if value is empty
std::string element(std::string_view name, std::string_view attributes, std::string_view value);
std::string message_info(const MessageInfo& info);
base::Bytes messaging(std::string_view id, std::string_view content);

} // namespace ebms
