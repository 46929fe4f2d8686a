// SPDX-License-Identifier: Apache-2.0
// The JSON of the doors: writes the store's records as schemas/openapi.yaml defines them, and reads
// small request bodies.
#pragma once

#include "api/problem.hpp"
#include "msh/msh.hpp"
#include "queue/records.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace api {

namespace asio = boost::asio;
namespace json = boost::json;

inline constexpr std::size_t json_body_limit = 16 * 1024;

json::object to_json(const Problem& entry);
json::object to_json(const queue::Part& part);
json::object to_json(const queue::Attempt& attempt);
json::object to_json(const queue::Event& event);
json::object to_json(const queue::Summary& summary);
json::object to_json(const msh::Message& message); // the summary and all details
json::object to_json(const msh::InboxItem& item);
json::object to_json(const msh::Pinged& pinged);
json::object to_json(const queue::Counts& counts);
json::object to_json(const pmode::Peer& peer);

http::Response json_response(int status, const json::object& body);

// Reads a JSON object of at most json_body_limit octets. An empty body is an empty object.
// errc::unsupported_media_type, too_large, bad_request; errors of http.
asio::awaitable<base::Result<json::object>> read_object(http::Request& request);
// Reads a whole number. A missing member gives `default_value`. errc::bad_request: another type, or
// not from `min` to `max`.
base::Result<std::uint64_t> number(
    const json::object& object, std::string_view name, std::uint64_t default_value,
    std::uint64_t min, std::uint64_t max
);
// Reads a text. errc::bad_request: missing, another type, or empty.
base::Result<std::string> text(const json::object& object, std::string_view name);
// errc::bad_request: the object has a member that is not in `names`. A misspelt member must not be
// ignored silently.
base::Result<> only(const json::object& object, std::initializer_list<std::string_view> names);

// Returns the Content-Type without parameters, in lower case: "application/xml" for
// "application/xml; charset=utf-8".
std::string media_type(const http::Request& request);

} // namespace api
