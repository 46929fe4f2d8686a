// SPDX-License-Identifier: Apache-2.0
// Reads the words of kurir send that describe a message: a payload with its settings, or a property
// with its type.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kurir {

namespace json = boost::json;

// "FILE[,mime=TYPE][,id=CONTENT-ID][,charset=NAME][,plain]". A comma that is not followed by one of
// these settings belongs to the file name.
struct PayloadWord {
    std::string file;
    json::object described; // a GivenPayload of schemas/openapi.yaml, without its part
};
PayloadWord read_payload(std::string_view word);

// Reads "NAME=VALUE[,type=TYPE]". Returns nothing if the name or the value is missing.
std::optional<json::object> read_property(std::string_view word);

} // namespace kurir
