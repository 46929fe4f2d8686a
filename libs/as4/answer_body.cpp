// SPDX-License-Identifier: Apache-2.0
// Tolerant in what no proof rests on: media type, packaging and the shape of a Fault (design 5.5).
#include "as4/answer_body.hpp"

#include "mime/content_type.hpp"
#include "mime/reader.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace as4 {
namespace {

constexpr std::size_t longest_excerpt = 300;

// SOAP Faults of intermediaries come as plain XML; SOAP 1.1's own media type is text/xml.
constexpr std::array<std::string_view, 3> envelope_types{
    "application/soap+xml", "text/xml", "application/xml"};

base::Error unreadable(std::string about)
{
    return {errc::answer_unreadable, std::move(about)};
}

// [EBMS 5.1] the first part is the envelope; no other part is processed.
class FirstPart final : public mime::PartListener {
public:
    base::Result<> part_begins(const mime::PartHeader&) override
    {
        ++parts_;
        return {};
    }
    base::Result<> part_data(base::BytesView octets) override
    {
        if (parts_ > 1) return {};
        if (soap.size() + octets.size() > answer_limits.bytes) return unreadable("too large");
        soap.append(octets);
        return {};
    }
    base::Result<> part_ends() override
    {
        ended = true;
        return {};
    }

    base::Bytes soap;
    bool ended = false;

private:
    int parts_ = 0;
};

base::Result<base::Bytes> first_part(const std::string& boundary, base::BytesView body)
{
    FirstPart first;
    mime::Reader reader(boundary, first);
    auto read = reader.feed(body);
    if (read) read = reader.finish();
    // Nothing rests on the parts behind it, nor on the boundary behind a whole envelope.
    if (!read && !first.ended && !xml::Document::parse(first.soap, answer_limits))
        return unreadable(read.error().text());
    return std::move(first.soap);
}

// By local name alone: a Fault may be of SOAP 1.1, or of a program that mixes both.
std::optional<xml::Node> find_child(xml::Node node, std::string_view local)
{
    for (const xml::Node each : node.children())
        if (each.local_name() == local) return each;
    return std::nullopt;
}

std::string all_text(xml::Node node)
{
    if (node.text()) return node.trimmed_text();
    std::string text;
    for (const xml::Node each : node.children()) {
        if (text.size() >= longest_excerpt) break;
        if (!text.empty()) text += ' ';
        text += all_text(each);
    }
    return text;
}

} // namespace

base::Result<base::Bytes> soap_of_answer(std::string_view content_type, base::BytesView body)
{
    if (body.empty()) return base::Error(errc::answer_empty);
    const auto type = mime::parse_content_type(content_type);
    if (!type) return unreadable("Content-Type: " + excerpt(content_type));
    if (type->type == "multipart/related") {
        const auto boundary = type->parameter("boundary");
        if (!boundary) return unreadable("multipart/related without boundary");
        return first_part(*boundary, body);
    }
    if (std::ranges::find(envelope_types, type->type) == envelope_types.end())
        return unreadable("Content-Type: " + excerpt(content_type));
    if (body.size() > answer_limits.bytes) return unreadable("too large");
    return base::Bytes(body);
}

std::string fault_text(const xml::Document& document)
{
    const auto body = find_child(document.root(), "Body");
    const auto fault = body ? find_child(*body, "Fault") : std::nullopt;
    if (!fault) return {};
    for (const std::string_view reason : {"Reason", "faultstring"}) {
        const auto node = find_child(*fault, reason);
        if (!node) continue;
        auto text = excerpt(all_text(*node));
        if (!text.empty()) return text;
    }
    auto text = excerpt(all_text(*fault));
    return text.empty() ? "without a reason" : text;
}

std::string excerpt(std::string_view text)
{
    std::string line(text.substr(0, longest_excerpt));
    std::ranges::replace_if(
        line, [](char c) { return c < ' ' || c > '~'; }, ' '
    );
    return line;
}

} // namespace as4
