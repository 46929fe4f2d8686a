// SPDX-License-Identifier: Apache-2.0
// Names each client together with the configuration key that limits its connections.
#include "kurir/door_line.hpp"

#include "kurir/text.hpp"

namespace kurir {

namespace {

struct Kind {
    const char* member;
    const char* of;
    const char* key;
};
constexpr Kind address = {"busiest_address", "from", "max_connections_per_address"};
constexpr Kind certificate = {"busiest_certificate", "of", "max_connections_per_certificate"};

// Returns a text like "; most from 192.0.2.7: 64 (see as4.max_connections_per_address)". Empty if
// no client has to be named.
std::string holder_text(const boost::json::object& door, const Kind& kind)
{
    const auto* const found = door.if_contains(kind.member);
    if (!found || !found->is_object()) return {};
    const auto& holder = found->get_object();
    const bool at_share = text_of(holder, "at_share") == "true";
    if (!at_share && text_of(door, "full") != "true") return {};
    return std::string("; ") + (at_share ? "at its share " : "most ") + kind.of + " " +
           text_of(holder, "who") + ": " + text_of(holder, "connections") + " (see " +
           text_of(door, "name") + "." + kind.key + ")";
}

} // namespace

std::string door_line(const boost::json::object& door)
{
    auto text = text_of(door, "connections") + " of " + text_of(door, "limit") + " connections";
    if (text_of(door, "full") == "true") text += ", FULL";
    return text + holder_text(door, address) + holder_text(door, certificate);
}

} // namespace kurir
