// SPDX-License-Identifier: Apache-2.0
// The words of kurir send that describe a message: a payload with its settings, a property with its
// type.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kurir {

namespace json = boost::json;

// "FILE[,mime=TYPE][,id=CONTENT-ID][,charset=NAME][,plain]": a comma that none of these words
// follows is the file name's.
struct PayloadWord {
    std::string file;
    json::object described; // as schemas/openapi.yaml has a GivenPayload, but for its part
};
PayloadWord read_payload(std::string_view word);

// "NAME=VALUE[,type=TYPE]"; nothing without name or value.
std::optional<json::object> read_property(std::string_view word);

} // namespace kurir
