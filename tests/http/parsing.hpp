// SPDX-License-Identifier: Apache-2.0
// A message given to a parser in steps, as a connection does.
#pragma once

#include "http/parser.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace parsing {

struct Read {
    boost::system::error_code error;
    http::Head head;
    std::string body;
    bool done = false;
    std::size_t rest = 0; // octets behind the message
};

// Gives the message in steps of `step` octets, each time with all that is not consumed, as a
// connection does.
inline Read
read(http::MessageParser& parser, std::string_view message, std::size_t step, bool ends = false)
{
    Read result;
    bool headed = false;
    std::size_t from = 0;
    for (std::size_t to = std::min(step, message.size());;
         to = std::min(to + step, message.size())) {
        while (!parser.done()) {
            const auto input = message.substr(from, to - from);
            if (!headed) {
                const auto taken = parser.header(input);
                if (!taken) {
                    result.error = taken.error().code;
                    return result;
                }
                from += *taken;
                if (*taken == 0) break;
                headed = true;
                result.head = parser.head();
                continue;
            }
            const auto piece = parser.body(input);
            if (!piece) {
                result.error = piece.error().code;
                return result;
            }
            result.body += piece->content;
            from += piece->consumed;
            if (piece->consumed == 0) break;
        }
        if (to == message.size() || parser.done()) break;
    }
    if (ends && !parser.done()) {
        const auto end = parser.end();
        if (!end) result.error = end.error().code;
    }
    result.done = parser.done();
    result.rest = message.size() - from;
    return result;
}

} // namespace parsing
