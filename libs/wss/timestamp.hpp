// SPDX-License-Identifier: Apache-2.0
// wsu:Timestamp [WSS 1.1.1, 10]: when a security header was made, and until when it is meant to be
// accepted. Whether it is fresh is judged elsewhere; here only its shape.
#pragma once

#include "base/time.hpp"
#include "wss/errc.hpp"
#include "xml/document.hpp"

#include <optional>
#include <string>

namespace wss {

// As read from a message.
struct Timestamp {
    xml::Node node;
    std::optional<base::Time> created;
    std::optional<base::Time> expires;
};

// At most one Created, then at most one Expires, each an xsd:dateTime of at most 64 characters. A
// time without a zone is UTC. Elements of other namespaces are allowed by the schema and are not
// read. errc::malformed.
base::Result<Timestamp> read_timestamp(xml::Node node);

// To be written.
struct NewTimestamp {
    std::string id; // wsu:Id
    base::Time created;
    base::Time expires;
};
// The element in exclusive canonical form.
base::Bytes write_timestamp(const NewTimestamp& timestamp);

} // namespace wss
