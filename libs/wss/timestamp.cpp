// SPDX-License-Identifier: Apache-2.0
// Reads and writes wsu:Timestamp.
#include "wss/timestamp.hpp"

#include "wss/uris.hpp"

namespace wss {

namespace {

constexpr std::size_t max_time_length = 64; // octets of an xsd:dateTime; real peers write about 30
constexpr xml::Name created_name{uri::wsu, "Created"};
constexpr xml::Name expires_name{uri::wsu, "Expires"};

base::Error malformed(const std::string& what)
{
    return {errc::malformed, "wsu:Timestamp: " + what};
}

base::Result<base::Time> read_time(xml::Node node)
{
    const auto text = node.text();
    if (text && text->size() <= max_time_length) {
        // [XML Schema 2 3.2.7] The zone is optional. In WSS a time without a zone is UTC.
        for (const char* zone : {"", "Z"})
            if (auto time = base::parse_time(std::string(base::trim(*text)) + zone)) return time;
    }
    return malformed(std::string(node.local_name()) + " is no xsd:dateTime");
}

} // namespace

base::Result<Timestamp> read_timestamp(xml::Node node)
{
    Timestamp timestamp{node, {}, {}};
    for (const xml::Node child : node.children()) {
        if (child.is(created_name)) {
            // [BSP R3221] Created comes first, so "Created, Expires, Created" is refused, too.
            if (timestamp.created || timestamp.expires) return malformed("Created is misplaced");
            const auto time = read_time(child);
            if (!time) return time.error();
            timestamp.created = *time;
        } else if (child.is(expires_name)) {
            if (timestamp.expires) return malformed("Expires is repeated");
            const auto time = read_time(child);
            if (!time) return time.error();
            timestamp.expires = *time;
        } else if (child.ns() == uri::wsu) {
            return malformed("unknown element " + std::string(child.local_name().substr(0, 100)));
        }
    }
    return timestamp;
}

base::Bytes write_timestamp(const NewTimestamp& timestamp)
{
    return std::string("<wsu:Timestamp xmlns:wsu=\"").append(uri::wsu) + "\" wsu:Id=\"" +
           timestamp.id + "\"><wsu:Created>" + base::to_text(timestamp.created) +
           "</wsu:Created><wsu:Expires>" + base::to_text(timestamp.expires) +
           "</wsu:Expires></wsu:Timestamp>";
}

} // namespace wss
