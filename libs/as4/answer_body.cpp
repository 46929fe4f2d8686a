// SPDX-License-Identifier: Apache-2.0
// Tolerates errors in media type, packaging and the structure of a Fault, because no proof depends
// on them (design 5.5). The body alone decides the kind of an answer.
#include "as4/answer_body.hpp"

#include "mime/content_type.hpp"
#include "mime/reader.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace as4 {
namespace {

constexpr std::size_t max_excerpt_length = 300;

base::Error unreadable(std::string about)
{
    return {errc::answer_unreadable, std::move(about)};
}

constexpr std::string_view space = " \t\r\n";

// Removes leading white space and a byte order mark. Some servers write white space before the XML
// declaration, which makes the document ill-formed.
base::BytesView without_space(base::BytesView body)
{
    constexpr base::BytesView byte_order_mark = "\xEF\xBB\xBF";
    body.remove_prefix(std::min(body.find_first_not_of(space), body.size()));
    if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
    body.remove_prefix(std::min(body.find_first_not_of(space), body.size()));
    return body;
}

// UTF-16 begins with a byte order mark, or has a NUL octet before or after the first "<".
bool begins_as_xml(base::BytesView content)
{
    constexpr std::array<base::BytesView, 4> beginnings{
        "<", "\xFE\xFF", "\xFF\xFE", base::BytesView("\0<", 2)
    };
    return std::ranges::any_of(beginnings, [&](base::BytesView beginning) {
        return content.starts_with(beginning);
    });
}

// [EBMS 5.1] Keeps the first XML part, which is the envelope. Parts before the envelope that are
// not XML are skipped. Parts after the envelope are not processed.
class EnvelopePart final : public mime::PartListener {
public:
    base::Result<> part_begins(const mime::PartHeader&) override { return {}; }
    base::Result<> part_data(base::BytesView octets) override
    {
        if (found_) return {};
        if (soap.size() + octets.size() > answer_limits.bytes) {
            soap.clear();
            return unreadable("too large");
        }
        soap.append(octets);
        return {};
    }
    base::Result<> part_ends() override
    {
        found_ = found_ || begins_as_xml(without_space(soap));
        if (!found_) soap.clear();
        return {};
    }

    base::Bytes soap;

private:
    bool found_ = false;
};

// Accepts a multipart body that ends too early, because the envelope alone carries the proof. An
// incomplete envelope fails later in the XML parser.
base::Result<base::Bytes> envelope_part(const std::string& boundary, base::BytesView body)
{
    EnvelopePart part;
    mime::Reader reader(boundary, part);
    auto read = reader.feed(body);
    if (read) read = reader.finish();
    const auto soap = without_space(part.soap);
    if (begins_as_xml(soap)) return base::Bytes(soap);
    return unreadable(read ? "MIME without an XML part" : read.error().text());
}

// Takes the boundary from the first line, whatever the Content-Type says. A body with a preamble
// begins with another line; only then the Content-Type is used.
std::optional<std::string> boundary_of(std::string_view content_type, base::BytesView content)
{
    constexpr std::string_view dashes = "--";
    if (content.starts_with(dashes)) {
        auto line = content.substr(0, content.find('\n'));
        line.remove_prefix(dashes.size());
        const auto boundary = base::trim(line);
        if (!boundary.empty()) return std::string(boundary);
    }
    const auto type = mime::parse_content_type(content_type);
    if (!type || !type->type.starts_with("multipart/")) return std::nullopt;
    return type->parameter("boundary");
}

// Returns the name of the first element, without prefix and in lower case; "html" for a DOCTYPE of
// HTML.
std::string first_element(base::BytesView content)
{
    for (auto at = content.find('<'); at != base::BytesView::npos; at = content.find('<')) {
        content.remove_prefix(at + 1);
        if (base::iequals(content.substr(0, 13), "!doctype html")) return "html";
        const auto end = content.starts_with("?") ? "?>" : content.starts_with("!--") ? "-->" : "";
        if (*end) {
            content.remove_prefix(std::min(content.find(end), content.size()));
            continue;
        }
        auto name = content.substr(0, content.find_first_of(" \t\r\n/>"));
        const auto colon = name.find(':');
        if (colon != base::BytesView::npos) name.remove_prefix(colon + 1);
        return base::lower(name.substr(0, max_excerpt_length));
    }
    return {};
}

bool is_web_page(base::BytesView content)
{
    constexpr std::array<std::string_view, 8> elements{"html", "head", "body",   "title",
                                                       "meta", "h1",   "center", "p"};
    return std::ranges::find(elements, first_element(content)) != elements.end();
}

// Returns the text between <name …> and the next tag.
std::string words_of(const std::string& page, const std::string& name)
{
    const auto begin = base::lower(page).find("<" + name);
    const auto text = begin == std::string::npos ? begin : page.find('>', begin);
    if (text == std::string::npos) return {};
    const auto words = page.substr(text + 1, page.find('<', text) - text - 1);
    return std::string(base::trim(excerpt(words)));
}

base::Error web_page(base::BytesView content)
{
    const std::string page(content.substr(0, 4096));
    auto title = words_of(page, "title");
    if (title.empty()) title = words_of(page, "h1");
    return unreadable(
        "a web page, " + (title.empty() ? "without a title" : "title \"" + title + "\"") +
        ". A proxy, a firewall or another server answered, or the url of the [[peer]] is wrong"
    );
}

base::Error no_message(std::string_view content_type, base::BytesView content)
{
    if (content.starts_with("\x1F\x8B"))
        return unreadable(
            "gzip, without a Content-Encoding that says so. The peer must not compress its answers"
        );
    const auto type = content_type.empty() ? "without Content-Type" : excerpt(content_type);
    return unreadable("neither XML nor MIME (" + type + "): \"" + excerpt(content) + "\"");
}

// Compares the local name only: a Fault may be of SOAP 1.1, or of a program that mixes both
// versions.
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
        if (text.size() >= max_excerpt_length) break;
        if (!text.empty()) text += ' ';
        text += all_text(each);
    }
    return text;
}

} // namespace

base::Result<base::Bytes> soap_of_answer(std::string_view content_type, base::BytesView body)
{
    const auto content = without_space(body);
    if (content.empty()) return base::Error(errc::answer_empty);
    if (!begins_as_xml(content)) {
        const auto boundary = boundary_of(content_type, content);
        if (boundary) return envelope_part(*boundary, content);
        return no_message(content_type, content);
    }
    if (is_web_page(content)) return web_page(content);
    if (content.size() > answer_limits.bytes) return unreadable("too large");
    return base::Bytes(content);
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
    std::string line(text.substr(0, max_excerpt_length));
    std::ranges::replace_if(line, [](char c) { return c < ' ' || c > '~'; }, ' ');
    return line;
}

} // namespace as4
