// SPDX-License-Identifier: Apache-2.0
// Shared code of UserMessage and signals: the schema's order, values within limits, eb:MessageInfo
// and the element eb:Messaging.
#include "ebms/structure.hpp"

#include "xml/escape.hpp"

#include <algorithm>

namespace ebms {

std::optional<xml::Node> Sequence::take(std::string_view local)
{
    if (next_ == children_.size() || !children_[next_].is(eb(local))) return std::nullopt;
    return children_[next_++];
}

base::Result<xml::Node> Sequence::need(std::string_view local)
{
    const std::optional<xml::Node> node = take(local);
    if (!node) return unexpected(local);
    return *node;
}

base::Result<> Sequence::end() const
{
    if (next_ != children_.size()) return unexpected("the end");
    return {};
}

base::Result<> Sequence::end_with_foreign() const
{
    // The schema's ##other excludes the eb: namespace and elements without a namespace.
    const auto ours = [](const xml::Node& node) { return node.ns().empty() || node.ns() == eb_ns; };
    if (std::any_of(children_.begin() + static_cast<std::ptrdiff_t>(next_), children_.end(), ours))
        return unexpected("the end");
    return {};
}

base::Error Sequence::unexpected(std::string_view wanted) const
{
    std::string detail(parent_.local_name().substr(0, 64));
    detail += ": ";
    detail += wanted;
    detail += " expected, found ";
    detail += next_ == children_.size() ? "the end" : children_[next_].local_name().substr(0, 64);
    return base::Error(errc::invalid_header, detail);
}

std::string collapse(std::string_view text)
{
    std::string result;
    bool space = false;
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            space = !result.empty();
            continue;
        }
        if (space) result += ' ';
        space = false;
        result += c;
    }
    return result;
}

std::string cut(std::string text, std::size_t longest)
{
    if (text.size() <= longest) return text;
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
    while (longest > 0 && continues(text[longest]))
        --longest;
    text.resize(longest);
    return text;
}

base::Result<std::string> token(xml::Node element, std::size_t longest, Empty empty)
{
    const std::string name(element.local_name());
    const std::optional<std::string> text = element.text();
    if (!text) return base::Error(errc::invalid_header, name + ": elements inside");
    std::string value = collapse(*text);
    if (value.empty() && empty == Empty::refused)
        return base::Error(errc::invalid_header, name + " is empty");
    if (value.size() > longest) return base::Error(errc::invalid_header, name + " is too long");
    return value;
}

base::Result<std::string>
token_attribute(xml::Node element, std::string_view name, std::size_t longest, Empty empty)
{
    const std::optional<std::string> text = element.attribute({"", name});
    if (!text) return std::string();
    std::string value = collapse(*text);
    const std::string where = std::string(element.local_name()) + "/@" + std::string(name);
    if (value.empty() && empty == Empty::refused)
        return base::Error(errc::invalid_header, where + " is empty");
    if (value.size() > longest) return base::Error(errc::invalid_header, where + " is too long");
    return value;
}

bool is_uri(std::string_view text)
{
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto scheme_character = [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    };
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() ||
        !letter(text.front()))
        return false;
    const std::string_view scheme = text.substr(0, colon);
    return std::all_of(scheme.begin(), scheme.end(), scheme_character) &&
           std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '>' || c == '"' ||
                      c == 0x7f;
           });
}

std::string_view obstacle_in(std::string_view text)
{
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    if (text.empty()) return "is empty";
    if (text.size() > max_id_length) return "is longer than 1024 octets";
    if (std::any_of(text.begin(), text.end(), is_control)) return "has a control character";
    if (collapse(text) != text)
        return "has a space at its beginning or end, or several spaces together";
    if (!xml::is_xml_text(text)) return "has a character that XML cannot carry";
    return {};
}

bool is_message_id(std::string_view text)
{
    return !text.empty() && text.size() <= max_id_length &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return c > ' ' && c < 0x7f && c != '<' && c != '>';
           });
}

namespace {

base::Result<base::Time> read_timestamp(xml::Node node)
{
    const base::Result<std::string> text = token(node, 64);
    if (!text) return text.error();
    base::Result<base::Time> time = base::parse_time(*text);
    // xs:dateTime allows a time without a zone, and some peers send one. The specification then
    // means UTC [ebMS 5.2.2.1].
    if (!time) time = base::parse_time(*text + "Z");
    if (!time) return base::Error(errc::invalid_header, "Timestamp");
    return time;
}

base::Result<std::string> read_message_id(xml::Node node)
{
    base::Result<std::string> id = token(node, max_id_length);
    if (id && !is_message_id(*id))
        return base::Error(errc::inconsistent, std::string(node.local_name()));
    return id;
}

} // namespace

base::Result<MessageInfo> read_message_info(Sequence& sequence)
{
    const base::Result<xml::Node> node = sequence.need("MessageInfo");
    if (!node) return node.error();
    Sequence inner(*node);
    const base::Result<xml::Node> timestamp = inner.need("Timestamp");
    if (!timestamp) return timestamp.error();
    const base::Result<base::Time> time = read_timestamp(*timestamp);
    if (!time) return time.error();
    const base::Result<xml::Node> id_node = inner.need("MessageId");
    if (!id_node) return id_node.error();
    const base::Result<std::string> id = read_message_id(*id_node);
    if (!id) return id.error();

    MessageInfo info{*time, *id, {}};
    if (const std::optional<xml::Node> reference = inner.take("RefToMessageId")) {
        const base::Result<std::string> value = read_message_id(*reference);
        if (!value) return value.error();
        info.ref_to_message_id = *value;
    }
    if (const base::Result<> end = inner.end(); !end) return end.error();
    return info;
}

MessageInfo read_signal_info(xml::Node signal)
{
    MessageInfo info;
    const auto nodes = signal.children(eb("MessageInfo"));
    if (nodes.size() != 1) return info;
    // Ignore a repeated element, because two readers could choose different values.
    const auto only = [&](std::string_view local) -> std::optional<xml::Node> {
        const auto found = nodes.front().children(eb(local));
        return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
    };
    const auto id_in = [&](std::string_view local) {
        const auto node = only(local);
        if (!node) return std::string();
        const auto id = read_message_id(*node);
        return id ? *id : std::string();
    };
    info.message_id = id_in("MessageId");
    info.ref_to_message_id = id_in("RefToMessageId");
    if (const auto node = only("Timestamp"))
        if (const auto time = read_timestamp(*node)) info.timestamp = *time;
    return info;
}

std::string attribute_text(std::string_view name, std::string_view value)
{
    if (value.empty()) return {};
    std::string text = " ";
    text += name;
    text += "=\"";
    text += xml::escape_attribute(value);
    text += '"';
    return text;
}

std::string element(std::string_view name, std::string_view attributes, std::string_view value)
{
    std::string text = "<eb:";
    text += name;
    text += attributes;
    text += '>';
    text += xml::escape_text(value);
    text += "</eb:";
    text += name;
    text += '>';
    return text;
}

std::string message_info(const MessageInfo& info)
{
    std::string text = "<eb:MessageInfo>" +
                       element("Timestamp", "", base::to_text(info.timestamp)) +
                       element("MessageId", "", info.message_id);
    if (!info.ref_to_message_id.empty())
        text += element("RefToMessageId", "", info.ref_to_message_id);
    return text + "</eb:MessageInfo>";
}

base::Bytes messaging(std::string_view id, std::string_view content)
{
    // Attributes are sorted by namespace URI, so wsu comes before S12 [C14N 2.3].
    base::Bytes text = "<eb:Messaging";
    text += attribute_text("xmlns:S12", soap_ns) + attribute_text("xmlns:eb", eb_ns) +
            attribute_text("xmlns:wsu", wsu_ns);
    text += attribute_text("wsu:Id", id) + attribute_text("S12:mustUnderstand", "true");
    text += '>';
    text += content;
    text += "</eb:Messaging>";
    return text;
}

} // namespace ebms
