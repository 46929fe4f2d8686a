// SPDX-License-Identifier: Apache-2.0
// Checks the children of elements, and reads attributes as values.
#include "wss/shape.hpp"

#include "wss/uris.hpp"

#include <algorithm>

namespace wss {

namespace {

bool is_name_octet(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

base::Result<std::string> bounded_attribute(xml::Node node, std::string_view name)
{
    auto value = node.attribute({"", name});
    if (!value || value->size() > max_uri_length)
        return base::Error(
            errc::malformed, std::string(name) + " of " + std::string(node.local_name())
        );
    return *std::move(value);
}

} // namespace

base::Result<> only_these_children(xml::Node node, std::initializer_list<xml::Name> allowed)
{
    const std::vector<xml::Node> children = node.children();
    std::size_t accounted = 0;
    for (const xml::Name name : allowed) {
        const auto count = std::count_if(children.begin(), children.end(), [&](xml::Node child) {
            return child.is(name);
        });
        if (count > 1)
            return base::Error(errc::malformed, std::string(name.local) + " is repeated");
        accounted += static_cast<std::size_t>(count);
    }
    if (accounted != children.size())
        return base::Error(errc::malformed, "foreign element in " + std::string(node.local_name()));
    return {};
}

base::Result<> no_children(xml::Node node)
{
    if (!node.children().empty())
        return base::Error(errc::policy, "parameters of " + std::string(node.local_name()));
    return {};
}

base::Result<xml::Node> one(xml::Node parent, xml::Name name)
{
    auto found = parent.only_child(name);
    if (!found)
        return base::Error(
            errc::malformed, std::string(name.local) + " in " + std::string(parent.local_name())
        );
    return *found;
}

base::Result<std::string> algorithm_of(xml::Node node)
{
    return bounded_attribute(node, "Algorithm");
}

base::Result<std::string> uri_of(xml::Node node)
{
    return bounded_attribute(node, "URI");
}

base::Result<base::Bytes> octets_of(xml::Node node, std::size_t max)
{
    const auto text = node.text();
    // Line breaks and "&#13;" between the characters may triple the length. A longer text is not
    // legitimate base64.
    if (!text || text->size() > 4 * max + 64)
        return base::Error(errc::malformed, std::string(node.local_name()));
    auto octets = base::from_base64(*text);
    if (!octets || octets->empty() || octets->size() > max)
        return base::Error(errc::malformed, std::string(node.local_name()));
    return *std::move(octets);
}

base::Result<std::string> fragment_of(std::string_view uri)
{
    if (uri.size() < 2 || uri.front() != '#' ||
        !std::all_of(uri.begin() + 1, uri.end(), is_name_octet)) {
        return base::Error(errc::policy, "reference that is no #id");
    }
    return std::string(uri.substr(1));
}

std::optional<std::string> id_of(xml::Node node)
{
    auto wsu_id = node.attribute({uri::wsu, "Id"});
    auto plain_id = node.attribute({"", "Id"});
    if (wsu_id && plain_id) return std::nullopt;
    return wsu_id ? wsu_id : plain_id;
}

bool contains(const std::vector<std::string>& list, std::string_view value)
{
    return std::find(list.begin(), list.end(), value) != list.end();
}

} // namespace wss
