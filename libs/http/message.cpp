// SPDX-License-Identifier: Apache-2.0
// Header fields, kept in the order in which they are sent.
#include "http/message.hpp"

#include <algorithm>

namespace http {

namespace {

// Cuts the text at the first CR, LF or NUL. A line break in a name or value would let a peer's text
// start a new field or message.
std::string first_line(std::string text)
{
    const auto end = text.find_first_of(std::string_view("\r\n\0", 3));
    if (end != std::string::npos) text.resize(end);
    return text;
}

} // namespace

void Headers::set(std::string name, std::string value)
{
    name = first_line(std::move(name));
    value = first_line(std::move(value));
    std::pair<std::string, std::string>* kept = nullptr;
    for (auto& field : fields_) {
        if (!base::iequals(field.first, name)) continue;
        kept = &field;
        break;
    }
    if (!kept) {
        fields_.emplace_back(std::move(name), std::move(value));
        return;
    }
    kept->second = std::move(value);
}

void Headers::add(std::string name, std::string value)
{
    fields_.emplace_back(first_line(std::move(name)), first_line(std::move(value)));
}

std::optional<std::string> Headers::get(std::string_view name) const
{
    for (const auto& [field, value] : fields_)
        if (base::iequals(field, name)) return value;
    return std::nullopt;
}

bool Headers::has_many(std::string_view name) const
{
    std::size_t found = 0;
    for (const auto& field : fields_)
        if (base::iequals(field.first, name)) ++found;
    return found > 1;
}

std::vector<std::string> Headers::list(std::string_view name) const
{
    std::vector<std::string> members;
    for (const auto& [field, value] : fields_) {
        std::string_view rest = base::iequals(field, name) ? std::string_view(value) : "";
        while (!rest.empty()) {
            const auto end = std::min(rest.find(','), rest.size());
            const auto member = base::trim(rest.substr(0, end));
            if (!member.empty()) members.emplace_back(member);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return members;
}

std::string content_codings(const Headers& headers)
{
    std::string codings;
    for (const auto& coding : headers.list("Content-Encoding")) {
        if (base::iequals(coding, "identity")) continue;
        codings += (codings.empty() ? "" : ", ") + coding;
    }
    return codings;
}

std::string_view reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 417:
        return "Expectation Failed";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    case 507:
        return "Insufficient Storage";
    default:
        return "";
    }
}

Response plain(int status, std::string content_type, base::Bytes body)
{
    Response response;
    response.status = status;
    response.headers.set("Content-Type", std::move(content_type));
    response.body = std::move(body);
    return response;
}

} // namespace http
