// SPDX-License-Identifier: Apache-2.0
// These refusals blame the sender. A 503 would say that this service is short of something.
#include "msh/unread_body.hpp"

#include "base/log_bounded.hpp"

namespace msh {

namespace {

constexpr const char* text_type = "text/plain; charset=UTF-8";

} // namespace

bool is_connection(const base::Error& error)
{
    return error.code.category() == http::category();
}

http::Response refuse_body(const base::Error& error)
{
    const int status = error.code == http::errc::timeout_before ? 408 : 400;
    return http::plain(
        status, text_type,
        "The request did not arrive whole: " + error.text() + ". Send it again.\n"
    );
}

std::optional<http::Response> refuse_coding(const http::Request& request)
{
    const auto codings = http::content_codings(request.headers());
    if (codings.empty()) return std::nullopt;
    base::log_bounded(
        base::Level::warning, "refused",
        {{"remote", request.remote()},
         {"code", "415"},
         {"cause", "Content-Encoding: " + codings},
         {"act", "peer: send messages without Content-Encoding"}}
    );
    // AS4 compresses payloads. The HTTP body itself is never decoded.
    auto response = http::plain(
        415, text_type,
        "Content-Encoding " + codings +
            " is not supported. Send the message without Content-Encoding.\n"
    );
    response.headers.set("Accept-Encoding", "identity");
    return response;
}

} // namespace msh
