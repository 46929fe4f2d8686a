// SPDX-License-Identifier: Apache-2.0
// wsu:Timestamp [WSS 1.1.1, 10]: when a security header was created, and when it expires. Only the
// structure is checked here; as4/freshness.cpp judges the freshness.
#pragma once

#include "base/time.hpp"
#include "wss/errc.hpp"
#include "xml/document.hpp"

#include <optional>
#include <string>

namespace wss {

// A wsu:Timestamp read from a message.
struct Timestamp {
    xml::Node node;
    std::optional<base::Time> created;
    std::optional<base::Time> expires;
};

// Reads at most one Created, and after it at most one Expires. Each must be an xsd:dateTime of at
// most 64 octets; a time without a zone is UTC. The schema allows elements of other namespaces, so
// they are ignored. errc::malformed.
base::Result<Timestamp> read_timestamp(xml::Node node);

// A wsu:Timestamp to be written.
struct NewTimestamp {
    std::string id; // wsu:Id
    base::Time created;
    base::Time expires;
};
// Returns the element in exclusive canonical form.
base::Bytes write_timestamp(const NewTimestamp& timestamp);

} // namespace wss
