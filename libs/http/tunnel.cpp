// SPDX-License-Identifier: Apache-2.0
// CONNECT and its response. The response header has a size limit. The body of a refusal is not
// read.
#include "http/tunnel.hpp"

#include "http/parser.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace http {

namespace {

constexpr int max_interim = 16;

base::Duration left(Clock::time_point until)
{
    const auto wait = std::chrono::duration_cast<base::Duration>(until - Clock::now());
    return std::max(wait, base::Duration(0));
}

std::string hint(int status)
{
    if (status == 407) return " (it wants a user and password, or others)";
    if (status == 401 || status == 403 || status == 405) return " (it does not let us through)";
    if (status >= 500) return " (it cannot reach the host)";
    return "";
}

base::Error failure(const std::string& who, const error_code& error)
{
    if (error == asio::error::timed_out) return base::Error(errc::timeout_before, who);
    return base::Error(errc::proxy_refused, who + " broke off: " + error.message());
}

asio::awaitable<base::Result<int>>
read_status(Connection& connection, const std::string& who, Clock::time_point until)
{
    for (int interim = 0; interim <= max_interim; ++interim) {
        const auto parser = response_parser(ParserLimits(), true);
        for (;;) {
            const auto taken = parser->header(connection.input());
            if (!taken)
                co_return base::Error(
                    errc::proxy_refused, who + ", whose answer is unusable: " + taken.error().text()
                );
            connection.consume(*taken);
            if (*taken > 0) break;
            const auto error = co_await connection.receive(left(until));
            if (error) co_return failure(who, error);
        }
        const int status = parser->head().status;
        if (status >= 200 || status == 101) co_return status;
    }
    co_return base::Error(errc::proxy_refused, who + " sends interim answers without end");
}

} // namespace

asio::awaitable<base::Result<>> open_tunnel(
    Connection& connection, const Url& to, const Proxy& proxy, std::string_view user_agent,
    Clock::time_point until
)
{
    const auto host = to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]";
    const auto target = host + ":" + std::to_string(to.port);
    const auto who = "proxy " + proxy.name() + " for " + target;
    const crypto::Secret request(
        "CONNECT " + target + " HTTP/1.1\r\nHost: " + target +
        "\r\nUser-Agent: " + std::string(user_agent) + "\r\n" + proxy.authorization() + "\r\n"
    );
    const auto error = co_await connection.send(request.view(), left(until));
    if (error) co_return failure(who, error);
    const auto status = co_await read_status(connection, who, until);
    if (!status) co_return status.error();
    if (*status < 200 || *status > 299)
        co_return base::Error(
            errc::proxy_refused, who + " answered " + std::to_string(*status) + hint(*status)
        );
    // A TLS server sends nothing before the client does, so it did not send these octets.
    if (!connection.input().empty())
        co_return base::Error(errc::proxy_refused, who + " sent more than its answer");
    co_return base::Result<>();
}

} // namespace http
